#include "controller/record/worker_marks.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "controller/record/fleet_listeners.h"
#include "os/proc.h"
#include "protocol/mapped_page.h"
#include "protocol/variables.h"

namespace rollport::controller {

WorkerMarks::WorkerMarks(const FleetRecord& record) : notify_socket_(record.notify_socket) {
  for (const RecordedGeneration& generation : record.generations) {
    addresses_.insert(generation.listen.begin(), generation.listen.end());
  }
}

bool WorkerMarks::Has(pid_t pid) {
  const std::vector<pid_t> ours = os::WithAncestors(getpid());
  if (std::find(ours.begin(), ours.end(), pid) != ours.end()) return false;
  // If it cannot be read, it is as one that was overwritten.
  const std::optional<std::string> told =
      os::VariableOf(pid, protocol::kNotifySocket).value_or(std::nullopt);
  if (told == notify_socket_ || HoldsListener(pid)) return true;
  const auto pages = os::DescriptorsNamed(pid, protocol::MappedPage::kLinkName);
  return !told.has_value() && pages.ok() && !pages->empty();
}

bool WorkerMarks::HoldsListener(pid_t pid) {
  if (!listeners_.has_value()) listeners_ = ListenersOn(addresses_);
  std::vector<pid_t> pids = os::DescendantPids(pid);
  pids.push_back(pid);
  return std::any_of(pids.begin(), pids.end(), [this](pid_t p) {
    const auto sockets = os::Sockets(p);
    return sockets.ok() && std::any_of(sockets->begin(), sockets->end(), [this](const auto& s) {
             return listeners_->contains(s.inode);
           });
  });
}

}  // namespace rollport::controller
