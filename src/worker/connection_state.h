// The states of a client's connection, and the table that says what each event makes of each state.
// No other place decides whether a connection takes another request, or how it ends.
//
// Keep-alive is part of the state, as in h11: once an answer has said "Connection: close", the
// connection is in a state from which no further request is taken. It is the same state whether the
// client asked for the close, the answer has no other end, or the worker drains. And it ends in the
// same stages, because a client that asked for the close may be sending still, if only a line end
// too many, and a close with unread bytes resets the connection and destroys the answer (RFC 9112
// section 9.6). Only behind the client's own FIN can nothing more come.
#ifndef ROLLPORT_WORKER_CONNECTION_STATE_H_
#define ROLLPORT_WORKER_CONNECTION_STATE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollport::worker {

enum class ConnectionState : uint8_t {
  kFresh,       // no request has come yet
  kIdle,        // a request has been answered; the next one has not begun
  kReceiving,   // the head of a request has been taken, its end has not
  kAnswering,   // a request is complete, its answer is not
  kLastAnswer,  // the same, and the answer says "close"
  kEnding,      // no further request is taken; the output is still being sent
  kLingering,   // a FIN has been sent; what comes is dropped (RFC 9112 section 9.6)
  kClosed,
};
inline constexpr std::array kConnectionStates = {
    ConnectionState::kFresh,     ConnectionState::kIdle,       ConnectionState::kReceiving,
    ConnectionState::kAnswering, ConnectionState::kLastAnswer, ConnectionState::kEnding,
    ConnectionState::kLingering, ConnectionState::kClosed};
std::string_view Name(ConnectionState state);

enum class ConnectionEvent : uint8_t {
  kHead,          // the head of a request has been taken
  kRequest,       // the request is complete
  kRefused,       // an error answer stands in the output, to bytes that are no complete request
  kClose,         // the head of the answer says "close"
  kAnswered,      // the answer is complete in the output
  kFin,           // the client's FIN has been read, and everything before it has been taken
  kSent,          // the output is empty; the client may send more
  kSentAfterFin,  // the output is empty; the client's FIN has been read
  kEnded,         // an idle connection is ended by the worker
  kGone,          // the connection is closed at once
};
inline constexpr std::array kConnectionEvents = {
    ConnectionEvent::kHead,  ConnectionEvent::kRequest,      ConnectionEvent::kRefused,
    ConnectionEvent::kClose, ConnectionEvent::kAnswered,     ConnectionEvent::kFin,
    ConnectionEvent::kSent,  ConnectionEvent::kSentAfterFin, ConnectionEvent::kEnded,
    ConnectionEvent::kGone};
std::string_view Name(ConnectionEvent event);

// The table: a row for each state, a column for each event; kNever if that cannot happen.
inline constexpr auto kNever = static_cast<ConnectionState>(0xff);
extern const ConnectionState kStateAfter[kConnectionStates.size()][kConnectionEvents.size()];

// The state after `event`; nullopt if the event cannot happen in `state`.
inline std::optional<ConnectionState> StateAfter(ConnectionState state, ConnectionEvent event) {
  const ConnectionState next = kStateAfter[static_cast<size_t>(state)][static_cast<size_t>(event)];
  return next == kNever ? std::nullopt : std::optional(next);
}

// A request may be taken, or go on.
constexpr bool TakesRequests(ConnectionState state) { return state <= ConnectionState::kReceiving; }
// No request is under way, and one may begin.
constexpr bool AwaitsRequest(ConnectionState state) { return state <= ConnectionState::kIdle; }
// A request is complete, its answer is not.
constexpr bool HasRequest(ConnectionState state) {
  return state == ConnectionState::kAnswering || state == ConnectionState::kLastAnswer;
}
constexpr bool IsEnding(ConnectionState state) { return state == ConnectionState::kEnding; }
// Before the worker's FIN.
constexpr bool IsServing(ConnectionState state) { return state < ConnectionState::kLingering; }

// The table as Markdown (tests/worker/connection_states.md is compared with it).
std::string ConnectionTable();

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_CONNECTION_STATE_H_
