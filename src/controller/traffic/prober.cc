#include "controller/traffic/prober.h"

#include <algorithm>
#include <utility>

namespace rollport::controller {

using rollout::ProbeResult;

Prober::Prober(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, Steerer& steerer,
               WorkerId worker, std::vector<os::SocketAddress> addresses,
               const fleet_file::HealthSettings& settings, Report report)
    : loop_(loop),
      interval_(settings.interval),
      steady_interval_(std::max(settings.interval, settings.steady_interval)),
      timeout_(settings.timeout),
      report_(std::move(report)),
      round_(loop, diag, workers, steerer,
             {.worker = worker,
              .addresses = std::move(addresses),
              .path = settings.path,
              .timeout = settings.timeout},
             [this](ProbeResult result, const std::string& detail) { EndRound(result, detail); }),
      next_round_(loop, [this] { BeginRound(); }),
      overdue_(loop, [this] {
        report_(ProbeResult::kOverdue, "no answer yet", loop_.Now() - round_.began());
      }) {
  next_round_.After(absl::ZeroDuration());
}

void Prober::Again() {
  again_ = round_.under_way();
  if (!again_) next_round_.After(absl::ZeroDuration());
}

ProbeRecord Prober::record() const {
  ProbeRecord record = record_;
  if (round_.under_way()) record.waiting = loop_.Now() - round_.began();
  return record;
}

void Prober::BeginRound() {
  overdue_.After(std::max(timeout_ / 4, slowest_ * 4));
  round_.Begin();
}

void Prober::EndRound(ProbeResult result, const std::string& detail) {
  overdue_.Cancel();
  const absl::Duration age = loop_.Now() - round_.began();
  const bool steady = steady_ && result == ProbeResult::kGood;
  round_.set_steady(steady);
  const absl::Duration pause = steady ? steady_interval_ : interval_;
  next_round_.At(std::exchange(again_, false) ? loop_.Now() : round_.began() + pause);
  ++record_.ended;
  record_.last_failed = result != ProbeResult::kGood;
  if (record_.last_failed) {
    ++record_.failed;
    record_.last_failure = detail;
  } else {
    slowest_ = std::max(slowest_, age);
  }
  report_(result, detail, age);
}

}  // namespace rollport::controller
