// The messages by which an idle connection outlives its worker.
//
// Each worker has a channel: a pair of message sockets. It is given one end as the descriptor named
// by ROLLPORT_HANDOVER_FD; the controller keeps the other end. There are three messages:
//
//   takes       worker to controller, once: I take connections from my channel
//   successor   controller to a worker that it is about to stop, or that drains; carries the
//               controller's end of the channel of the worker that takes its connections from now
//               on
//   connection  draining worker to its successor; carries a connection, to be served as if accepted
//
// So the controller introduces two workers to each other, and no connection passes through it. It
// introduces only workers that have sent `takes`: a server that does not know this protocol
// receives nothing, and its channel does not fill up.
//
// The layout is a protocol between releases. Fields are only ever appended. A receiver reads the
// fields that it knows, takes missing ones for zero, and ignores messages of an unknown kind.
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
  // Since when it is idle or, without an answer, waits for its first request. CLOCK_MONOTONIC.
  Instant idle_since;
  friend bool operator==(const Message&, const Message&) = default;
};

// Sends `message`, with a duplicate of `fd` unless that is -1.
os::Sent Send(int channel, const Message& message, int fd = -1);

struct Incoming {
  Message message;  // kUnknown: to be ignored
  os::UniqueFd fd;
};
// Takes the next message, if there is one, and fills in `*incoming`.
os::Received Receive(int channel, Incoming* incoming);
// The same for the controller, which takes no descriptor from a worker: one that comes nevertheless
// cannot hold it up (os/foreign_rights.h). REQUIRES: no other process has this end of the channel.
os::Received ReceiveFromWorker(int channel, Message* message);

}  // namespace rollport::protocol

#endif  // ROLLPORT_PROTOCOL_HANDOVER_H_
