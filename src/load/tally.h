// Everything that a run counts: the outcome of every request, connections, latency, a time series,
// and the losses one by one.
#ifndef ROLLPORT_LOAD_TALLY_H_
#define ROLLPORT_LOAD_TALLY_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/instant.h"
#include "load/histogram.h"
#include "load/outcome.h"

namespace rollport::load {

// One request without a good answer, with all that is known of it.
struct Loss {
  absl::Duration began;  // since the start of the run
  absl::Duration ended;
  ClientKind client = ClientKind::kFresh;
  Outcome outcome = Outcome::kOk;
  std::string url;
  std::string local;      // the client's end, "127.0.0.1:40001"; empty if it had none
  std::string served_by;  // what gave the last answer on this connection: "slot 2 generation 7"
  std::string detail;     // "recv: Connection reset by peer", "1000 of 4096 bytes"
};

// Events of connections. None is the loss of a request.
struct ConnectionCounts {
  uint64_t opened = 0;       // established
  uint64_t idle_closed = 0;  // a kept connection ended by the server's FIN, no request under way
  uint64_t idle_reset = 0;   // the same by RST
  // The answer said Connection: close, but the server did not close within the timeout.
  uint64_t left_open = 0;
  // Bytes came without a request. Such a server cannot be trusted: the run is not clean.
  uint64_t stray = 0;
};

// The requests that ended in one step of the time series.
struct SeriesBucket {
  uint64_t requests = 0;
  uint64_t lost = 0;
  absl::Duration max;  // the highest latency, slow clients left out
};

class Tally {
 public:
  static constexpr size_t kMaxServers = 1000;

  // Keeps the first `max_losses` losses, and counts the rest.
  Tally(Instant start, absl::Duration warmup, absl::Duration bucket, uint64_t max_losses = 1000);

  // One request ended at `now`. `began` is its intended beginning.
  void Count(ClientKind client, Outcome outcome, Instant began, Instant now);
  // Adds to losses(), or to losses_omitted(). The outcome itself is counted by Count().
  void AddLoss(Loss loss);
  // A complete answer named the worker that gave it ("slot 2 generation 7").
  void CountServer(const std::string& server);

  ConnectionCounts& connections() { return connections_; }
  const ConnectionCounts& connections() const { return connections_; }
  void AddBytes(uint64_t received) { bytes_received_ += received; }

  Instant start() const { return start_; }
  absl::Duration bucket() const { return bucket_; }
  uint64_t requests() const { return requests_; }
  uint64_t lost() const { return lost_; }
  uint64_t Count(Outcome outcome) const;
  uint64_t Count(ClientKind client, Outcome outcome) const;
  uint64_t bytes_received() const { return bytes_received_; }
  // Of requests that were answered as expected, and were begun after the warm-up.
  const Histogram& latency(ClientKind client) const;
  // Of all clients but the slow ones.
  Histogram Latency() const;
  const std::vector<SeriesBucket>& series() const { return series_; }
  const std::vector<Loss>& losses() const { return losses_; }
  uint64_t losses_omitted() const { return losses_omitted_; }
  const std::map<std::string, uint64_t>& servers() const { return servers_; }

 private:
  SeriesBucket& BucketAt(Instant now);

  const Instant start_;
  const Instant warm_;
  const absl::Duration bucket_;
  const uint64_t max_losses_;
  uint64_t requests_ = 0;
  uint64_t lost_ = 0;
  uint64_t bytes_received_ = 0;
  std::array<std::array<uint64_t, kOutcomes>, kClientKinds> counts_{};
  std::array<Histogram, kClientKinds> latency_;
  ConnectionCounts connections_;
  std::vector<SeriesBucket> series_;
  std::vector<Loss> losses_;
  uint64_t losses_omitted_ = 0;
  std::map<std::string, uint64_t> servers_;
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_TALLY_H_
