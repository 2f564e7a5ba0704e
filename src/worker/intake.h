// A worker's channel: what its predecessors hand over to it, and who its own successor is.
#ifndef ROLLPORT_WORKER_INTAKE_H_
#define ROLLPORT_WORKER_INTAKE_H_

#include <functional>
#include <optional>

#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "protocol/handover.h"

namespace rollport::worker {

class Intake {
 public:
  struct Hooks {
    std::function<void(os::UniqueFd, const protocol::Message&)> on_connection;
    std::function<void(os::UniqueFd channel)> on_successor;
    // Whether one more connection is wanted.
    std::function<bool()> has_room;
  };
  // `channel`: see protocol/handover.h.
  Intake(os::EventLoop& loop, os::UniqueFd channel, Hooks hooks);

  // Says that connections are taken from here on.
  void Start();
  // There is room again.
  void Resume();
  // Takes all that is queued, up to a bound that no queue reaches.
  void ReadAll() { (void)Read(kAll); }
  // Takes no more, and all that is queued. False where descriptors are short, with messages still
  // queued: call again.
  bool Close();

 private:
  static constexpr int kAll = 4096;

  // False where it has to be tried again.
  bool Read(int most);
  void Handle(protocol::Incoming incoming);
  void Pause();

  os::UniqueFd channel_;
  const Hooks hooks_;
  os::FdWatch watch_;
  os::Timer retry_;
  bool paused_ = false;
  bool closed_ = false;  // no more can come
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_INTAKE_H_
