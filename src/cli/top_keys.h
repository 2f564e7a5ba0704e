// What keys do in `rollport top`.
#ifndef ROLLPORT_CLI_TOP_KEYS_H_
#define ROLLPORT_CLI_TOP_KEYS_H_

#include <string_view>

#include "cli/top_text.h"

namespace rollport::cli {

// Changes `view` as these keys ask, which are bytes as a terminal sends them. True if the user
// quits.
bool PressKeys(std::string_view keys, TopView* view);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_TOP_KEYS_H_
