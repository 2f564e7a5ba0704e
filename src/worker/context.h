// What all connections of a worker share.
#ifndef ROLLPORT_WORKER_CONTEXT_H_
#define ROLLPORT_WORKER_CONTEXT_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "http/date.h"
#include "os/event_loop.h"
#include "protocol/worker_page.h"
#include "rollport/worker.h"
#include "worker/buffers.h"
#include "worker/router.h"

namespace rollport::worker {

class Connection;

// What a connection asks of whoever holds it.
class ConnectionOwner {
 public:
  // `connection` has closed; it is to be destroyed, but not while it is on the stack.
  virtual void Closed(Connection* connection) = 0;
  // Calls `connection->Pump()` before the loop waits again.
  virtual void Resume(Connection* connection) = 0;
  // `connection->passable()`, in a drain. It may be closed when this returns.
  virtual void Passable(Connection* connection) = 0;

 protected:
  ~ConnectionOwner() = default;
};

// The time-outs in the loop's own unit.
struct TimeLimits {
  explicit TimeLimits(const WorkerOptions& options)
      : head(absl::FromChrono(options.head_timeout)),
        body(absl::FromChrono(options.body_timeout)),
        send(absl::FromChrono(options.send_timeout)),
        idle(absl::FromChrono(options.idle_timeout)) {}
  absl::Duration head, body, send, idle;
};

struct Context {
  os::EventLoop& loop;
  const WorkerOptions& options;
  const TimeLimits limits;
  const Router& router;
  protocol::WorkerPage& page;
  const std::string& fields;  // lines of a head that every answer gets
  const std::function<void(const Worker::AccessRecord&)>& on_access;
  ConnectionOwner& owner;

  StringPool pool;
  std::vector<char> scratch;
  http::DateCache date;
  // See rollport::Request::batch(); raised by what is received.
  uint64_t batch = 1;
  Instant batch_turn;
  // From SIGTERM on.
  bool draining = false;
  // Every answer says Connection: close, because nobody is there to take the connection.
  bool last_answers = false;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_CONTEXT_H_
