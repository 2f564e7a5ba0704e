#include "worker/connection_tally.h"

#include "absl/strings/str_cat.h"

namespace rollport::worker {

void ConnectionTally::Opened(bool accepted) {
  if (probe_) return;
  if (accepted) context_.page.connections_accepted.Add(1);
  context_.page.connections_open.Add(1);
}

void ConnectionTally::Closed() {
  if (!probe_) context_.page.connections_open.Sub(1);
}

void ConnectionTally::EndedIdle() {
  if (!probe_) context_.page.connections_ended.Add(1);
}

void ConnectionTally::Cut() {
  if (!probe_) context_.page.connections_cut.Add(1);
}

void ConnectionTally::Left() {
  if (!probe_) context_.page.connections_left.Add(1);
}

void ConnectionTally::HandedOver() {
  if (!probe_) context_.page.connections_handed_over.Add(1);
}

void ConnectionTally::RequestBegan() {
  if (!probe_) context_.page.requests_open.Add(1);
}

void ConnectionTally::RequestEnded() {
  if (!probe_) context_.page.requests_open.Sub(1);
}

void ConnectionTally::Answered(const AnsweredRequest& request, const os::SocketAddress& peer) {
  if (probe_) return context_.page.probe_requests.Add(1);
  const Instant now = os::EventLoop::ReadNow();
  protocol::WorkerPage& page = context_.page;
  page.responses[request.status / 100].Add(1);
  const auto nanos = static_cast<uint64_t>(now.nanos() - request.began.nanos());
  page.latency_nanos.Add(nanos);
  page.latency[protocol::LatencyBucket(nanos)].Add(1);
  if (!context_.on_access) return;
  context_.on_access(
      {.peer = peer.ToString(),
       .method = std::string(request.method),
       .target = std::string(request.target),
       .version = request.method.empty() ? "" : absl::StrCat("HTTP/1.", request.minor_version),
       .status = request.status,
       .body_bytes = request.content_sent,
       .duration = absl::ToChronoMicroseconds(now - request.began)});
}

}  // namespace rollport::worker
