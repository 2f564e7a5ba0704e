// What workers say of themselves, in the words of sd_notify(3). It is gossip: what the kernel's
// tables say is believed rather.
#include <unistd.h>

#include <string>
#include <utility>

#include "base/status_macros.h"
#include "controller/controller.h"

namespace rollport::controller {

absl::Status Controller::OpenNotify() {
  // First, because the former one removes its file.
  notify_watch_.reset();
  notify_.reset();
  ASSIGN_OR_RETURN(os::NotifySocket fresh, os::NotifySocket::Create(notify_path_));
  notify_.emplace(std::move(fresh));
  notify_watch_.emplace(loop_, notify_->fd(), [this](uint32_t) { OnNotify(); });
  return notify_watch_->Set(EPOLLIN);
}

bool Controller::notify_intact() const {
  return notify_.has_value() && (notify_path_[0] == '@' || access(notify_path_.c_str(), F_OK) == 0);
}

absl::Status Controller::RestoreNotify() {
  if (notify_intact()) return absl::OkStatus();
  // What was said before is not lost.
  if (notify_.has_value()) OnNotify();
  return OpenNotify();
}

void Controller::OnNotify() {
  while (true) {
    const absl::StatusOr<std::optional<os::NotifyMessage>> message = notify_->Read();
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
