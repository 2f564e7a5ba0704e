// The command rollport-kill: kills one worker in such a way that a request which died with it can
// be told from one that should not have died.
#ifndef ROLLPORT_LOAD_KILL_COMMAND_H_
#define ROLLPORT_LOAD_KILL_COMMAND_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "os/address.h"

namespace rollport::load {

// What was inside a process when it was killed.
struct KillReport {
  pid_t pid = 0;
  absl::Time stopped;  // from here on it answered nothing
  absl::Time killed;
  absl::Time gone;                      // its descriptors are closed
  std::vector<std::string> accepted;    // the clients' ends of the connections that it held
  std::vector<std::string> unaccepted;  // … of those in an accept queue, its own or a neighbour's
};

// Stops the process (SIGSTOP), so that what it holds stays as it is, reads its connections to
// `addresses` from the kernel's table, kills it, and waits until it is gone. The kernel does not
// tell in which accept queue a connection is, so `unaccepted` has those of all queues.
absl::StatusOr<KillReport> KillWorker(pid_t pid, const std::vector<os::SocketAddress>& addresses);

// One line of JSON; times are seconds since 1970.
std::string JsonReport(const KillReport& report);

// "rollport-kill PID ADDRESS:PORT…" prints the report. Exit status: 0 done, 1 failed, 2 wrong
// options.
int KillMain(int argc, const char* const* argv);

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_KILL_COMMAND_H_
