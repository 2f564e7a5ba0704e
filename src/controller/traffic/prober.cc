#include "controller/traffic/prober.h"

#include <algorithm>
#include <utility>

namespace rollport::controller {

Prober::Prober(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, Steerer& steerer,
               WorkerId worker, std::vector<os::SocketAddress> addresses,
               const fleet_file::HealthSettings& settings, Report report)
    : loop_(loop),
      interval_(settings.interval),
      steady_interval_(std::max(settings.interval, settings.steady_interval)),
      report_(std::move(report)),
      round_(loop, diag, workers, steerer,
             {.worker = worker,
              .addresses = std::move(addresses),
              .path = settings.path,
              .timeout = settings.timeout},
             [this](bool good, const std::string& detail) { EndRound(good, detail); }),
      next_round_(loop, [this] { BeginRound(); }) {
  next_round_.After(absl::ZeroDuration());
}

void Prober::BeginRound() {
  under_way_ = true;
  round_.Begin();
}

ProbeRecord Prober::record() const {
  ProbeRecord record = record_;
  if (under_way_) record.waiting = loop_.Now() - round_.began();
  return record;
}

void Prober::EndRound(bool good, const std::string& detail) {
  const bool steady = steady_ && good;
  round_.set_steady(steady);
  next_round_.At(round_.began() + (steady ? steady_interval_ : interval_));
  under_way_ = false;
  ++record_.ended;
  record_.last_failed = !good;
  if (!good) {
    ++record_.failed;
    record_.last_failure = detail;
  }
  report_(good, detail);
}

}  // namespace rollport::controller
