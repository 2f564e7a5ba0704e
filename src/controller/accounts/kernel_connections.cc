#include "controller/accounts/kernel_connections.h"

#include <sys/epoll.h>

#include <algorithm>

#include "absl/status/statusor.h"

namespace rollport::controller {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(10);
constexpr int kTimesItsCost = 200;

}  // namespace

KernelConnections::KernelConnections(os::EventLoop& loop, const Steerer& steerer)
    : loop_(loop), steerer_(steerer), next_(loop, [this] { Start(); }) {}

void KernelConnections::Start() {
  Stop();
  counts_ = {};
  spent_ = absl::ZeroDuration();
  left_ = steerer_.Ports();
  absl::StatusOr<os::SockDiag> diag = os::SockDiag::Create();
  if (!diag.ok()) return Finish(std::nullopt);
  diag_ = *std::move(diag);
  watch_.emplace(loop_, diag_->fd(), [this](uint32_t) { OnPiece(); });
  if (!watch_->Set(EPOLLIN).ok()) return Finish(std::nullopt);
  CountNextPort();
}

void KernelConnections::Stop() {
  next_.Cancel();
  watch_.reset();
  diag_.reset();
}

void KernelConnections::CountNextPort() {
  if (left_.empty()) return Finish(counts_);
  const auto [family, port] = *left_.begin();
  left_.erase(left_.begin());
  const Instant began = os::EventLoop::ReadNow();
  if (!diag_->BeginCount(family, port).ok()) return Finish(std::nullopt);
  spent_ += os::EventLoop::ReadNow() - began;
}

void KernelConnections::OnPiece() {
  if (next_.armed()) return;  // after an error
  const Instant began = os::EventLoop::ReadNow();
  const absl::StatusOr<bool> complete = diag_->ContinueCount(counts_);
  spent_ += os::EventLoop::ReadNow() - began;
  if (!complete.ok()) return Finish(std::nullopt);
  if (*complete) CountNextPort();
}

void KernelConnections::Finish(std::optional<os::SocketCounts> counts) {
  // It is not destroyed, because it may have called this.
  if (watch_.has_value()) watch_->Set(0).IgnoreError();
  last_ = counts;
  next_.After(std::max(kPeriod, spent_ * kTimesItsCost));
}

}  // namespace rollport::controller
