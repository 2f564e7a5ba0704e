// A worker's end of its channel: takes the connections that predecessors hand over, and learns
// which worker is its own successor.
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

  // Tells the controller that connections are taken from here on.
  void Start();
  // There is room again.
  void Resume();
  // Takes everything that is queued, if there is room and descriptors suffice.
  void ReadAll() { (void)Read(kAll); }
  // Refuses further messages, and takes everything that is queued. False if descriptors are short
  // and messages are still queued: call again.
  bool Close();

 private:
  static constexpr int kAll = 4096;  // messages: more than any queue holds

  // False if it must be tried again.
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
