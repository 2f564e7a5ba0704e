// Workers of an earlier controller that nothing describes: what a person is told about them.
#ifndef ROLLPORT_CONTROLLER_RECORD_FORMER_WORKERS_H_
#define ROLLPORT_CONTROLLER_RECORD_FORMER_WORKERS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "fleet_file/fleet_settings.h"

namespace rollport::controller {

// Processes that seem to be workers of this fleet: each was given `notify_socket`, or holds a
// listener on one of the fleet's addresses. Without the processes in `known`, and without those
// that descend from one of these or from another one of the result. In ascending order.
std::vector<pid_t> FormerWorkers(const fleet_file::FleetSettings& settings,
                                 const std::string& notify_socket, const std::vector<pid_t>& known);

// What becomes of them, and what to do: "processes 811, 812 of an earlier controller are not taken
// over, and … end them: kill -TERM 811 812". That there are none, if there are none.
std::string AdviceOn(const std::vector<pid_t>& former, int stop_signal);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RECORD_FORMER_WORKERS_H_
