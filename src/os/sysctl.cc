#include "os/sysctl.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "os/file.h"

namespace rollport::os {
namespace {

struct PortRange {
  uint32_t first;
  uint32_t last;
};

// "32768\t60999" or "80,8000-8010".
std::vector<PortRange> ParsePortRanges(std::string_view text) {
  std::vector<PortRange> ranges;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(text), ',')) {
    const std::vector<absl::string_view> ends =
        absl::StrSplit(part, absl::ByAnyChar("-\t \n"), absl::SkipEmpty());
    PortRange range;
    if (ends.empty() || !absl::SimpleAtoi(ends.front(), &range.first)) continue;
    if (absl::SimpleAtoi(ends.back(), &range.last)) ranges.push_back(range);
  }
  return ranges;
}

bool Contains(const std::vector<PortRange>& ranges, uint32_t port) {
  return std::any_of(ranges.begin(), ranges.end(), [port](const PortRange& range) {
    return range.first <= port && port <= range.last;
  });
}

}  // namespace

std::optional<int64_t> ReadSysctl(std::string_view name) {
  const absl::StatusOr<std::string> text =
      ReadFile(absl::StrCat("/proc/sys/", absl::StrReplaceAll(ToAbsl(name), {{".", "/"}})));
  int64_t value;
  // SimpleAtoi allows for the line feed at the end.
  if (!text.ok() || !absl::SimpleAtoi(*text, &value)) return std::nullopt;
  return value;
}

std::string HostName() {
  return std::string(
      absl::StripAsciiWhitespace(ReadFile("/proc/sys/kernel/hostname").value_or("")));
}

bool MigratesRequests() { return ReadSysctl(kTcpMigrateReq).value_or(0) != 0; }

int64_t FirstUnprivilegedPort() {
  return ReadSysctl("net.ipv4.ip_unprivileged_port_start").value_or(1024);
}

bool ChoosesPortsBetween(uint16_t first, uint16_t last) {
  return ChoosesPortsBetween(first, last,
                             ReadFile("/proc/sys/net/ipv4/ip_local_port_range").value_or(""),
                             ReadFile("/proc/sys/net/ipv4/ip_local_reserved_ports").value_or(""));
}

bool ChoosesPortsBetween(uint16_t first, uint16_t last, std::string_view range,
                         std::string_view reserved) {
  const std::vector<PortRange> chosen = ParsePortRanges(range), kept = ParsePortRanges(reserved);
  for (uint32_t port = first; port <= last; ++port) {
    if (Contains(chosen, port) && !Contains(kept, port)) return true;
  }
  return false;
}

}  // namespace rollport::os
