// What workers and the controller say to each other so that an idle connection outlives its worker.
//
// Each worker is given one end of a pair of message sockets, its channel, as the descriptor named
// by ROLLPORT_HANDOVER_FD; the controller keeps the other end, the way to the worker. Three
// messages:
//
//   takes       worker to controller, once: I take connections from my channel
//   successor   controller to a worker that is about to be told to stop, or is draining: with the
//               way to the worker that takes its connections from now on
//   connection  draining worker to its successor: with a connection, to be served as if accepted
//
// So the controller makes two workers known to each other, and is never on a connection's way. It
// names only workers that have said `takes`, to such that have: a program that knows nothing of
// this never gets, and never fills, anything.
//
// The layout is a protocol between releases: fields are only ever appended, a receiver reads what
// it knows and takes what is missing for zero, and passes over a message that it does not know.
#ifndef ROLLPORT_PROTOCOL_HANDOVER_H_
#define ROLLPORT_PROTOCOL_HANDOVER_H_

#include <cstdint>

#include "base/instant.h"
#include "os/message_socket.h"
#include "os/unique_fd.h"

namespace rollport::protocol {

struct Message {
  enum class Kind : uint32_t { kUnknown = 0, kTakes = 1, kSuccessor = 2, kConnection = 3 };
  Kind kind = Kind::kUnknown;

  // Of a connection.
  bool answered = false;  // it has had an answer
  Instant idle_since;     // or, without one, waits for its first request since then
  friend bool operator==(const Message&, const Message&) = default;
};

// Sends `message`, and with it a duplicate of `fd` where that is not -1.
os::Sent Send(int channel, const Message& message, int fd = -1);

struct Incoming {
  Message message;  // kUnknown: not for us
  os::UniqueFd fd;
};
// Takes the next message; fills in `*incoming` where there is one.
os::Received Receive(int channel, Incoming* incoming);

}  // namespace rollport::protocol

#endif  // ROLLPORT_PROTOCOL_HANDOVER_H_
