// What became of one request. Every request that is begun has exactly one outcome.
#ifndef ROLLPORT_LOAD_OUTCOME_H_
#define ROLLPORT_LOAD_OUTCOME_H_

#include <array>
#include <cstddef>
#include <string_view>

namespace rollport::load {

enum class Outcome {
  kOk,
  // The server's losses.
  kRefused,         // the connection was refused (ECONNREFUSED)
  kUnreachable,     // no route to the address (EHOSTUNREACH, ENETUNREACH, …)
  kConnectTimeout,  // not connected when the time was up
  kReset,           // RST before any byte of the answer
  kResetMidway,     // RST after some of the answer
  kClosed,          // FIN before any byte of the answer; the server had received the request
  kCrossedClose,    // a request on a kept connection crossed the server's FIN: see below
  kCut,             // FIN in the middle of the answer
  kLate,            // no complete answer when the time was up
  kWrongStatus,     // a complete answer with another status than expected
  kWrongBody,       // a complete answer with other content than expected
  kMalformed,       // not HTTP/1.1, or bytes after the end of the answer
  // Not the server's doing.
  kLocalError,  // the generator's own trouble: no local port, no descriptor, no memory
  kUnfinished,  // the generator was told twice to stop while the request was under way
};
inline constexpr size_t kOutcomes = static_cast<size_t>(Outcome::kUnfinished) + 1;

// kCrossedClose is told from kClosed by the acknowledgement that the FIN carried: if the FIN left
// the request unacknowledged, the server had closed before the request arrived. A server may
// close an idle connection at any time, and a client may send an idempotent request again (RFC 9112
// section 9.3.1), so this is the one loss that HTTP allows for; it is a loss all the same.

// "ok", "refused", "reset_midway", …: the words of the report.
std::string_view OutcomeName(Outcome outcome);
// True for the server's losses.
constexpr bool IsLost(Outcome outcome) {
  return outcome != Outcome::kOk && outcome < Outcome::kLocalError;
}
std::array<Outcome, kOutcomes> AllOutcomes();

// What a client does; several kinds may be mixed in one run.
enum class ClientKind {
  kFresh,       // a new connection for each request
  kKeepAlive,   // one connection, a pause between requests
  kBusy,        // one connection, no pause
  kIdle,        // one connection, a request every few seconds
  kSlowReader,  // takes the answer in small sips
  kSlowWriter,  // sends the request in small pieces
  kPost,        // sends a body to a path that echoes it
};
inline constexpr size_t kClientKinds = static_cast<size_t>(ClientKind::kPost) + 1;

// "connection_per_request", "keep_alive", "busy", "idle", "slow_reader", "slow_writer", "post".
std::string_view ClientKindName(ClientKind kind);
std::array<ClientKind, kClientKinds> AllClientKinds();
// True if the client itself makes its requests slow: their latency says nothing about the server.
constexpr bool IsSlow(ClientKind kind) {
  return kind == ClientKind::kSlowReader || kind == ClientKind::kSlowWriter;
}
// True if --rate decides when a request begins; the other kinds keep their own time.
constexpr bool IsPaced(ClientKind kind) { return !IsSlow(kind) && kind != ClientKind::kIdle; }

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_OUTCOME_H_
