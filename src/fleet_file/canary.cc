#include "fleet_file/canary.h"

#include "absl/strings/str_cat.h"

namespace rollport::fleet_file {

absl::Status CheckCanary(const std::vector<CanaryStep>& steps) {
  double former = 0;
  for (const CanaryStep& step : steps) {
    if (!IsCanaryShare(step.per_cent, former)) {
      return absl::InvalidArgumentError(absl::StrCat("a canary's share is above ", former,
                                                     former > 0 ? "%, the step before it," : "%",
                                                     " and below 100%, not ", step.per_cent, "%"));
    }
    former = step.per_cent;
  }
  return absl::OkStatus();
}

std::optional<absl::Duration> ParseHold(const std::string& text) {
  absl::Duration hold;
  const bool good =
      absl::ParseDuration(text, &hold) && hold >= absl::ZeroDuration() && hold <= kLongestWait;
  return good ? std::make_optional(hold) : std::nullopt;
}

}  // namespace rollport::fleet_file
