#include "controller/traffic/prober.h"

#include <utility>

namespace rollport::controller {

Prober::Prober(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, Steerer& steerer,
               WorkerId worker, std::vector<os::SocketAddress> addresses,
               const fleet_file::HealthSettings& settings, Report report)
    : interval_(settings.interval),
      report_(std::move(report)),
      round_(loop, diag, workers, steerer,
             {.worker = worker,
              .addresses = std::move(addresses),
              .path = settings.path,
              .timeout = settings.timeout},
             [this](bool good, const std::string& detail) { EndRound(good, detail); }),
      next_round_(loop, [this] { round_.Begin(); }) {
  next_round_.After(absl::ZeroDuration());
}

void Prober::EndRound(bool good, const std::string& detail) {
  next_round_.At(round_.began() + interval_);
  report_(good, detail);
}

}  // namespace rollport::controller
