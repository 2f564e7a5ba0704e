// What workers say of themselves, in the words of sd_notify(3). It is gossip: what the kernel's
// tables say is believed rather.
#include <string>

#include "controller/controller.h"

namespace rollport::controller {

void Controller::OnNotify() {
  while (true) {
    const absl::StatusOr<std::optional<os::NotifyMessage>> message = notify_.Read();
    if (!message.ok() || !message->has_value()) return;
    WorkerProcess* worker = workers_.FindByPid((*message)->pid);
    // What nobody of ours says is nothing to us.
    if (worker == nullptr) continue;
    if (const auto status = (*message)->Get("STATUS")) worker->status_text = std::string(*status);
    if ((*message)->Get("READY") == "1") {
      FollowGroups();
      Post(rollout::WorkerBecameReady{worker->id()});
    }
    if ((*message)->Get("STOPPING") == "1") FollowGroups();
  }
}

}  // namespace rollport::controller
