// What each command does: one call of the control API, and printing.
#ifndef ROLLPORT_CLI_COMMANDS_H_
#define ROLLPORT_CLI_COMMANDS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/event_log.h"
#include "cli/arguments.h"
#include "cli/client.h"
#include "cli/console.h"
#include "fleet_file/fleet_settings.h"

namespace rollport::cli {

// What becomes the controller: controller::RunController, or a test's stand-in.
using Runner = std::function<absl::Status(const fleet_file::FleetSettings&,
                                          const std::function<void(const api::FleetEvent&)>&)>;

ExitStatus Run(const Arguments& arguments, const Console& console, const Runner& runner);
// roll, undo, scale, restart and abort. `interrupt` is readable when the user does not want to wait
// any more; -1 for never.
ExitStatus Change(const Arguments& arguments, const Console& console, int interrupt);
// pause and resume.
ExitStatus Hold(const Arguments& arguments, const Console& console);
ExitStatus Top(const Arguments& arguments, const Console& console);
ExitStatus ShowHistory(const Arguments& arguments, const Console& console);
ExitStatus Doctor(const Arguments& arguments, const Console& console);
ExitStatus ShowStatus(const Arguments& arguments, const Console& console);
ExitStatus Check(const Arguments& arguments, const Console& console);
ExitStatus Stop(const Arguments& arguments, const Console& console);

// Parses and does it.
ExitStatus Execute(const std::vector<std::string>& words, const Console& console, int interrupt,
                   const Runner& runner);

// A connection to the controller of the fleet that the arguments name. Where there is none, it has
// been said why, and `*status` is set.
std::optional<Client> Reach(const Arguments& arguments, const Console& console, ExitStatus* status);
// One request of the control API and its good answer. Where there is none, it has been said why,
// and
// `*status` is set.
std::optional<Client::Reply> AskController(const Arguments& arguments, const Console& console,
                                           std::string_view method, std::string_view target,
                                           ExitStatus* status);
// Says that the controller has given this answer, which nobody expects.
ExitStatus ComplainOf(const Console& console, const Client::Reply& reply);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_COMMANDS_H_
