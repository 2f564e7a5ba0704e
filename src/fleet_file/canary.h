// The rules for the steps of a canary, wherever they are written: in a fleet file, on the command
// line, or in a request to the control API.
#ifndef ROLLPORT_FLEET_FILE_CANARY_H_
#define ROLLPORT_FLEET_FILE_CANARY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "fleet_file/fleet_settings.h"

namespace rollport::fleet_file {

// Shares rise from step to step: true if a step may have `per_cent` after one that had `former`, 0
// for the first. False for NaN.
inline bool IsCanaryShare(double per_cent, double former) {
  return per_cent > former && per_cent < 100;
}

// kInvalidArgument names the first share that is not allowed, and why.
absl::Status CheckCanary(const std::vector<CanaryStep>& steps);

// How long a step lasts, from text like "1m30s": 0 to kLongestWait; nullopt for anything else.
std::optional<absl::Duration> ParseHold(const std::string& text);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_CANARY_H_
