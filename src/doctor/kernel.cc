// What is known of a kernel from its version.
#include <algorithm>
#include <array>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "doctor/doctor.h"

namespace rollport::doctor {
namespace {

using Version = std::array<int, 3>;
constexpr Version kUnknown = {0, 0, 0};

// The first "A.B.C" or "A.B" after `mark`; all zeros if there is none.
Version VersionBehind(std::string_view text, std::string_view mark) {
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  Version v = {};
  const std::string rest(text.substr(at + mark.size()));
  if (std::sscanf(rest.c_str(), "%d.%d.%d", &v[0], &v[1], &v[2]) < 2) return {};
  return v;
}

// Debian's "6.1.0-28-amd64" is 6.1.119, as `version` says; Ubuntu's version is at the end of the
// signature.
Version Find(std::string_view release, std::string_view version, std::string_view signature) {
  if (const size_t last = signature.rfind(' '); last != std::string_view::npos) {
    const Version v = VersionBehind(signature.substr(last), " ");
    if (v != kUnknown) return v;
  }
  const Version debian = VersionBehind(version, "Debian ");
  return debian != kUnknown ? debian : VersionBehind(release, "");
}

// pidfd_getfd(2).
constexpr Version kOldest = {5, 6, 0};

// CVE-2026-46015: a connection that tcp_migrate_req moved to another listener did not wake
// epoll_wait(2). The first releases that do, by branch.
constexpr std::array kMigrationWakes = {Version{5, 15, 209}, Version{6, 1, 175}, Version{6, 6, 140},
                                        Version{6, 12, 86}, Version{6, 18, 27}};

bool MigrationWakes(const Version& v) {
  const auto* const branch =
      std::find_if(kMigrationWakes.begin(), kMigrationWakes.end(),
                   [&v](const Version& first) { return first[0] == v[0] && first[1] == v[1]; });
  if (branch != kMigrationWakes.end()) return v >= *branch;
  return v > kMigrationWakes.back();
}

}  // namespace

CheckUp ExamineKernel(std::string_view release, std::string_view version,
                      std::string_view signature, bool migrates) {
  const Version v = Find(release, version, signature);
  CheckUp check{.name = "kernel"};
  check.means = absl::StrCat("Linux ", absl::StrJoin(v, "."));
  if (v == kUnknown) {
    check.finding = Finding::kNote;
    check.means = "its version is not known; the checks below show what it can do";
  } else if (v < kOldest) {
    check.finding = Finding::kBad;
    absl::StrAppend(&check.means, " is older than ", absl::StrJoin(kOldest, "."),
                    ", the first with pidfd_getfd, which is needed to set shares");
    check.advice = "run a newer kernel";
  } else if (migrates && !MigrationWakes(v)) {
    check.finding = Finding::kNote;
    absl::StrAppend(&check.means,
                    " has CVE-2026-46015: a connection that tcp_migrate_req moves does not wake "
                    "its new worker. Workers built with rollport's library look for it themselves; "
                    "others may leave it waiting");
    check.advice =
        "update to 6.18.27, 6.12.86, 6.6.140, 6.1.175, 5.15.209 or later, or set "
        "net.ipv4.tcp_migrate_req=0";
  } else {
    absl::StrAppend(&check.means, " is new enough");
  }
  return check;
}

}  // namespace rollport::doctor
