// What `rollport status` prints.
#ifndef ROLLPORT_CLI_STATUS_TEXT_H_
#define ROLLPORT_CLI_STATUS_TEXT_H_

#include <string>

#include "controller/backend.h"

namespace rollport::cli {

// At most 80 columns wide, but for a single word that is wider.
std::string StatusText(const controller::FleetStatus& status);
// "roll 7: generation 3 -> 4, rolling, 1 of 4 slots replaced, 1.50 s"
std::string ProgressText(const controller::RollProgress& roll);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_STATUS_TEXT_H_
