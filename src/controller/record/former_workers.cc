#include "controller/record/former_workers.h"

#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "controller/record/fleet_listeners.h"
#include "os/proc.h"
#include "protocol/variables.h"

namespace rollport::controller {

std::vector<pid_t> FormerWorkers(const fleet_file::FleetSettings& settings,
                                 const std::string& notify_socket,
                                 const std::vector<pid_t>& known) {
  std::set<pid_t> seem;
  for (const pid_t pid :
       os::ProcessesWithVariable(absl::StrCat(protocol::kNotifySocket, "=", notify_socket))) {
    seem.insert(pid);
  }
  for (const uint64_t inode : ListenersOn({settings.listen.begin(), settings.listen.end()})) {
    for (const pid_t pid : os::SocketHolders(inode)) seem.insert(pid);
  }
  for (const pid_t pid : os::WithAncestors(getpid())) seem.erase(pid);
  std::set<pid_t> heads(known.begin(), known.end());
  heads.insert(seem.begin(), seem.end());
  std::vector<pid_t> former;
  for (const pid_t pid : seem) {
    std::vector<pid_t> above = os::WithAncestors(pid);
    if (!above.empty()) above.erase(above.begin());
    const bool below = std::any_of(above.begin(), above.end(),
                                   [&](pid_t ancestor) { return heads.contains(ancestor); });
    const bool is_known = std::find(known.begin(), known.end(), pid) != known.end();
    if (!below && !is_known) former.push_back(pid);
  }
  return former;
}

std::string AdviceOn(const std::vector<pid_t>& former, int stop_signal) {
  if (former.empty()) return "no process of an earlier controller is left";
  const bool one = former.size() == 1;
  const char* const signal = sigabbrev_np(stop_signal);
  return absl::StrCat(
      one ? "process " : "processes ", absl::StrJoin(former, ", "), " of an earlier controller ",
      one ? "is" : "are", " not taken over, and ", one ? "goes" : "go",
      " on beside this fleet, without a share: when the fleet serves, end ", one ? "it" : "them",
      ": kill -", signal != nullptr ? signal : std::to_string(stop_signal), " ",
      absl::StrJoin(former, " "));
}

}  // namespace rollport::controller
