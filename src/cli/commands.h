// What each command does: one call of the control API, whose answer it prints.
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

// Runs the controller: controller::RunController, or a stand-in of a test.
using Runner = std::function<absl::Status(const fleet_file::FleetSettings&,
                                          const std::function<void(const api::FleetEvent&)>& tell,
                                          const std::function<bool()>& flush)>;

ExitStatus Run(const Arguments& arguments, const Console& console, const Runner& runner);
// roll, undo, scale, restart and abort. `interrupt` becomes readable when the user no longer wants
// to wait; -1 for never.
ExitStatus Change(const Arguments& arguments, const Console& console, int interrupt);
// pause and resume.
ExitStatus Hold(const Arguments& arguments, const Console& console);
ExitStatus Top(const Arguments& arguments, const Console& console);
ExitStatus ShowHistory(const Arguments& arguments, const Console& console);
ExitStatus Doctor(const Arguments& arguments, const Console& console);
ExitStatus ShowStatus(const Arguments& arguments, const Console& console);
ExitStatus Check(const Arguments& arguments, const Console& console);
ExitStatus Stop(const Arguments& arguments, const Console& console);

// Parses `words` and runs the command.
ExitStatus Execute(const std::vector<std::string>& words, const Console& console, int interrupt,
                   const Runner& runner);

// Connects to the controller of the fleet that the arguments name. On failure prints why, sets
// `*status` and returns nullopt.
std::optional<Client> Reach(const Arguments& arguments, const Console& console, ExitStatus* status);
// Makes one request of the control API, and returns the answer if its status is 200. Otherwise
// prints why not, sets `*status` and returns nullopt.
std::optional<Client::Reply> AskController(const Arguments& arguments, const Console& console,
                                           std::string_view method, std::string_view target,
                                           ExitStatus* status);
// The error in the controller's answer, for people.
std::string ErrorIn(const Client::Reply& reply);
// Prints it. kWrong if the request or the fleet file is wrong, else kFailed.
ExitStatus ComplainOf(const Console& console, const Client::Reply& reply);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_COMMANDS_H_
