#include "cli/doctor_text.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/format.h"
#include "json/value.h"

namespace rollport::cli {
namespace {

using doctor::CheckUp;
using doctor::Finding;

constexpr int kColumn = 19;

const char* Name(Finding finding) {
  return finding == Finding::kGood ? "good" : finding == Finding::kNote ? "note" : "bad";
}

}  // namespace

std::string DoctorText(const std::vector<CheckUp>& checks) {
  std::string text;
  for (const CheckUp& check : checks) {
    const std::string mark = check.finding == Finding::kBad ? "BAD" : Name(check.finding);
    // The head replaces the indent of the first line.
    const std::string means = Wrap(check.means, kWidth, kColumn);
    absl::StrAppend(&text, absl::StrFormat("%-4s  %-12s ", mark, check.name),
                    means.substr(kColumn));
    if (!check.advice.empty()) {
      absl::StrAppend(&text, Wrap("what to do: " + check.advice, kWidth, kColumn));
    }
  }
  absl::StrAppend(&text, doctor::AllGood(checks)
                             ? "everything that rollport needs works here\n"
                             : "rollport cannot keep its promises here: see BAD\n");
  return text;
}

std::string DoctorJson(const std::vector<CheckUp>& checks) {
  json::Ordered list = json::Ordered::array();
  for (const CheckUp& check : checks) {
    list.push_back({{"name", check.name},
                    {"finding", Name(check.finding)},
                    {"means", check.means},
                    {"advice", check.advice}});
  }
  return json::ToLine({{"good", doctor::AllGood(checks)}, {"checks", std::move(list)}});
}

}  // namespace rollport::cli
