// What is left of a fleet's processes when its controller ends.
#ifndef ROLLPORT_CONTROLLER_PROCESS_LEFTOVERS_H_
#define ROLLPORT_CONTROLLER_PROCESS_LEFTOVERS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace rollport::controller {

// Kills all that descends from this process, with the process groups that they are in, and reaps
// it; again and again, because a process may have forked meanwhile. Returns what is left after
// `limit`: a process of another user, one that sleeps uninterruptibly, or one that forks faster.
// REQUIRES: this process is a subreaper, and SIGCHLD is blocked.
std::vector<pid_t> KillDescendants(absl::Duration limit);

// For people: "server (process 812, user 0, state D)".
std::string DescribeProcess(pid_t pid);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_LEFTOVERS_H_
