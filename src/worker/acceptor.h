// One listener: takes connections from its queue, pauses if there is no room or no descriptor for
// them, and leaves its group without losing one that is queued.
#ifndef ROLLPORT_WORKER_ACCEPTOR_H_
#define ROLLPORT_WORKER_ACCEPTOR_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "os/event_loop.h"
#include "os/socket.h"
#include "os/unique_fd.h"

namespace rollport::worker {

class Acceptor {
 public:
  // `on_accepted` gets each connection; `has_room` says whether one more is wanted.
  // REQUIRES: `listener` is a bound TCP socket, non-blocking.
  Acceptor(os::EventLoop& loop, os::UniqueFd listener,
           std::function<void(os::Accepted)> on_accepted, std::function<bool()> has_room);

  // "127.0.0.1:8080".
  std::string address() const;
  // Calls listen(2): from here on the kernel sends connections. REQUIRES: called once.
  absl::Status Start();
  // Accepts a bounded number of connections. The loop calls it; call it too if epoll may not have
  // reported one: a connection that the kernel has moved here from another worker's queue does not
  // wake epoll before Linux 6.18.27 (CVE-2026-46015; docs/design.md, "Groups and programs").
  void Accept();
  // There is room again.
  void Resume();

  // Accepts everything that is queued, even without room, then takes the listener out of its group
  // and closes it; a duplicate of the descriptor in another process does not keep it alive. False
  // if descriptors are short and connections are still queued: the listener stays, call again.
  bool Close();
  bool closed() const { return !listener_.valid(); }

 private:
  // Nullopt if the queue is empty, or if accept4 failed; only then `*failed` is set.
  std::optional<os::Accepted> Next(bool* failed);
  void Pause();
  // Another process has shut the listener down.
  void Abandon();

  os::EventLoop& loop_;
  os::UniqueFd listener_;
  std::function<void(os::Accepted)> on_accepted_;
  std::function<bool()> has_room_;
  std::optional<os::FdWatch> watch_;
  os::Timer retry_;
  bool paused_ = false;
  bool shut_down_ = false;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_ACCEPTOR_H_
