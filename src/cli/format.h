// Numbers and lines for people.
#ifndef ROLLPORT_CLI_FORMAT_H_
#define ROLLPORT_CLI_FORMAT_H_

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "api/event_log.h"

namespace rollport::cli {

// "0.25 s", with two digits.
std::string Seconds(absl::Duration duration);
// "5s", "1m15s", "3h20m", "12d4h": the two greatest units.
std::string Age(absl::Duration duration);
// " after 0.25 s", or nothing where the event tells no time or one that says little: how long a
// worker had served when its retirement began.
std::string Took(const api::FleetEvent& event);
// "WorkerExited" as "worker exited".
std::string Words(std::string_view kind);
// `text` broken at spaces into lines of at most `width`, each behind `indent` spaces, with line
// ends. A word that is longer stays whole.
std::string Wrap(std::string_view text, int width, int indent);

// The first line of `text`, and no more of it than `width` characters, the last three being "..."
// where some are missing.
std::string Cut(std::string_view text, int width);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_FORMAT_H_
