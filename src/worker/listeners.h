// All listeners of one worker: one for each address.
#ifndef ROLLPORT_WORKER_LISTENERS_H_
#define ROLLPORT_WORKER_LISTENERS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "os/event_loop.h"
#include "os/socket.h"
#include "os/unique_fd.h"
#include "worker/acceptor.h"

namespace rollport::worker {

class Listeners {
 public:
  // As an Acceptor's.
  Listeners(os::EventLoop& loop, std::function<void(os::Accepted)> on_accepted,
            std::function<bool()> has_room);

  // REQUIRES: `listener` is a bound TCP socket, non-blocking.
  void Add(os::UniqueFd listener);
  // As "127.0.0.1:8080", in the order of Add().
  std::vector<std::string> addresses() const;
  // Calls listen(2) on each: from here on the kernel sends connections. REQUIRES: called once.
  absl::Status Start();
  // There is room again.
  void Resume();
  // As Acceptor::Close, for all of them.
  bool Close();
  bool closed() const;

 private:
  // Looks into the queues where the kernel may have put a connection without waking epoll.
  void LookForMigrated();

  os::EventLoop& loop_;
  const std::function<void(os::Accepted)> on_accepted_;
  const std::function<bool()> has_room_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  os::Timer look_timer_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_LISTENERS_H_
