// Values from the command line. kInvalidArgument says what is expected, and what was found.
#ifndef ROLLPORT_CLI_VALUES_H_
#define ROLLPORT_CLI_VALUES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rollport::cli {

// A whole number of at least `min`; `what` begins the message: "the number of workers".
absl::StatusOr<int64_t> ParseNumber(const std::string& word, std::string_view what, int64_t min);
// "5%", "5" or "0.5%", in per cent. CheckCanary checks its bounds.
absl::StatusOr<double> ParseShare(const std::string& word);
// "1m30s"; see fleet_file::ParseHold.
absl::StatusOr<absl::Duration> ParseHold(const std::string& word);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_VALUES_H_
