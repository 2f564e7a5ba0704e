#include "cli/values.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/strings.h"
#include "fleet_file/canary.h"

namespace rollport::cli {

absl::StatusOr<int64_t> ParseNumber(const std::string& word, std::string_view what, int64_t min) {
  int64_t number = 0;
  if (absl::SimpleAtoi(word, &number) && number >= min) return number;
  return absl::InvalidArgumentError(
      absl::StrCat(ToAbsl(what), " is a whole number of at least ", min, ", not \"", word, "\""));
}

absl::StatusOr<double> ParseShare(const std::string& word) {
  double share = 0;
  if (absl::SimpleAtod(absl::StripSuffix(word, "%"), &share) && std::isfinite(share)) return share;
  return absl::InvalidArgumentError(
      absl::StrCat("--canary takes a share in per cent, like 5% or 0.5%, not \"", word, "\""));
}

absl::StatusOr<absl::Duration> ParseHold(const std::string& word) {
  if (const auto hold = fleet_file::ParseHold(word); hold.has_value()) return *hold;
  return absl::InvalidArgumentError(
      absl::StrCat("--for takes a time like 90s or 1m30s, not \"", word, "\""));
}

}  // namespace rollport::cli
