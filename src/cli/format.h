// Numbers and lines as people read them.
#ifndef ROLLPORT_CLI_FORMAT_H_
#define ROLLPORT_CLI_FORMAT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "api/event_log.h"

namespace rollport::cli {

// "0.25 s", with two digits.
std::string Seconds(absl::Duration duration);
// "5s", "1m15s", "3h20m", "12d4h": the two greatest units.
std::string Age(absl::Duration duration);
// " after 0.25 s", or nothing if the event has no duration, or one of little interest: how long a
// worker had served when its retirement began.
std::string Took(const api::FleetEvent& event);
// The generations of a roll: "3 -> 4", or "3" if it stays the same.
std::string FromTo(int64_t from, int64_t to);
// "WorkerExited" as "worker exited".
std::string Words(std::string_view kind);
// The width of everything that is not as wide as the terminal.
inline constexpr int kWidth = 80;
// How far what is said of a line is indented below it.
inline constexpr int kIndent = 2;

// `text` broken at spaces into lines of at most `width`, each after `indent` spaces, with line
// ends. A longer word stays whole.
std::string Wrap(std::string_view text, int width, int indent);

// `text`, which is one line, broken between words into lines of at most `width` columns, of which
// all but the first begin with `hang` spaces. Spaces within a line stay. A longer word is broken
// too. Never empty.
std::vector<std::string> Fold(std::string_view text, int width, int hang);

// The first line of `text`, at most `width` columns of it; if some are missing, it ends in
// "...".
std::string Cut(std::string_view text, int width);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_FORMAT_H_
