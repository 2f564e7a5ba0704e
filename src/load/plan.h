// What one run of the load generator is to do, as a value.
#ifndef ROLLPORT_LOAD_PLAN_H_
#define ROLLPORT_LOAD_PLAN_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "load/outcome.h"
#include "os/address.h"

namespace rollport::load {

// "http://ADDRESS:PORT/PATH?QUERY" taken apart.
struct Url {
  os::SocketAddress address;
  std::string authority;  // "127.0.0.1:8080", for the Host field; without a zone
  std::string target;     // "/PATH?QUERY"; "/" if the URL has no path
};

// Only http, only literal addresses ("localhost" means 127.0.0.1), port 80 if none is given.
// InvalidArgument: "URL: what is wrong".
absl::StatusOr<Url> ParseUrl(std::string_view url);

// One thing to ask for, and what must come back.
struct Target {
  Url url;
  int status = 200;
  std::optional<std::string> body;  // the exact content
  std::optional<uint64_t> size;     // its length
};

// What the kinds of clients do between and in their requests. Pauses are drawn from half to one and
// a half times the time given here.
struct ClientHabits {
  absl::Duration think = absl::Milliseconds(100);   // kKeepAlive and kPost, between requests
  absl::Duration idle_interval = absl::Seconds(3);  // kIdle, between requests
  // kSlowReader and kSlowWriter: between requests, and exactly this between sips or pieces.
  absl::Duration slow_pause = absl::Milliseconds(20);
  size_t slow_bytes = 1024;  // kSlowReader takes this much at a time
  std::string post_target = "/debug/echo";
  size_t post_bytes = 4096;  // at most kMaxPostBytes
};

struct Plan {
  std::vector<Target> targets;  // clients take them in turn; a connection keeps its target
  // How many clients of each kind, by ClientKind.
  std::array<int, kClientKinds> clients{};
  int& Clients(ClientKind kind) { return clients[static_cast<size_t>(kind)]; }
  int Clients(ClientKind kind) const { return clients[static_cast<size_t>(kind)]; }
  ClientHabits habits;

  // Requests per second of all paced clients together, begun at even intervals whether or not
  // earlier ones have been answered (an open loop). Latency counts from the intended beginning, so
  // a stall of the server is charged to every request that it delays. 0: each client begins its
  // next request when it has the answer to the last (a closed loop).
  double rate = 0;
  absl::Duration duration = absl::InfiniteDuration();
  uint64_t requests = UINT64_MAX;  // begin no more than this many
  bool stop_on_loss = false;
  // From the beginning of a request, connecting included, to the end of its answer; pauses that a
  // slow client takes do not count.
  absl::Duration timeout = absl::Seconds(5);
  uint64_t seed = 1;

  // The latency of requests begun in this time is left out. Their losses count.
  absl::Duration warmup = absl::ZeroDuration();
  uint64_t max_losses = 1000;                       // reported one by one; all are counted
  absl::Duration bucket = absl::Milliseconds(100);  // of the report's time series
};

inline constexpr size_t kMaxPostBytes = 16 << 20;

// InvalidArgument names the option that is wrong.
absl::Status CheckPlan(const Plan& plan);

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_PLAN_H_
