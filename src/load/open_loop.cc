#include "load/open_loop.h"

#include "base/status_macros.h"

namespace rollport::load {

absl::Status OpenLoop::Start(os::EventLoop& loop, Instant start, absl::Duration interval) {
  ASSIGN_OR_RETURN(pacer_,
                   Pacer::Create(loop, start, interval, [this](Instant due) { OnDue(due); }));
  return absl::OkStatus();
}

void OpenLoop::Stop() {
  if (pacer_ != nullptr) pacer_->Stop();
}

void OpenLoop::AddFree(Client& client) {
  if (due_.empty()) return free_.push_back(&client);
  const Instant due = due_.front();
  due_.pop_front();
  begin_(client, due);
}

void OpenLoop::OnDue(Instant due) {
  if (free_.empty()) return due_.push_back(due);
  Client* const client = free_.front();
  free_.pop_front();
  begin_(*client, due);
}

}  // namespace rollport::load
