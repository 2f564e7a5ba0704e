// What a word means that is a command of other tools, and not of this one.
#ifndef ROLLPORT_CLI_HINTS_H_
#define ROLLPORT_CLI_HINTS_H_

#include <string>
#include <string_view>

namespace rollport::cli {

// What to type instead of "deploy", or where to look instead of "logs": "; `rollport roll` …".
// Empty if nothing is known of the word.
std::string HintFor(std::string_view word);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_HINTS_H_
