// One TCP connection of a client: the socket, its watch, and the judge of its answers.
#ifndef ROLLPORT_LOAD_CONNECTION_H_
#define ROLLPORT_LOAD_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "load/answer_check.h"
#include "load/outcome.h"
#include "load/plan.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::load {

// The outcome of a request whose connect(2) failed with `error`, at once or later by SO_ERROR.
Outcome OutcomeOfConnectError(int error);

struct Connection {
  // Begins to connect to `target`, which must outlive the connection. Returns null and sets
  // `*error` if that fails at once. `small_buffer` asks for the smallest receive buffer, so that
  // the server notices a slow reader. On IPv6 the local port is below 61000: the controller's
  // probes use the ports above.
  static std::shared_ptr<Connection> Open(os::EventLoop& loop, const Target& target,
                                          bool small_buffer, std::function<void(uint32_t)> on_event,
                                          int* error);
  Connection(os::EventLoop& loop, const Target& target, os::UniqueFd fd,
             std::function<void(uint32_t)> on_event);

  // Takes the error that is pending on the socket; 0 if there is none.
  int TakeError() const;
  // Bytes sent that the server has not acknowledged.
  int Unacknowledged() const;
  // "127.0.0.1:40001"
  std::string LocalName() const;

  const Target& target;
  const os::UniqueFd fd;
  AnswerCheck check;
  uint64_t answers = 0;  // complete ones on this connection
  bool dropped = false;  // its client is done with it: on_event is not called any more
  os::FdWatch watch;     // last: destroyed before the descriptor
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_CONNECTION_H_
