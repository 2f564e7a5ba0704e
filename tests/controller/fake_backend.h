// A controller that does nothing: it answers what a test puts into it, and notes what it is asked.
#ifndef ROLLPORT_TESTS_CONTROLLER_FAKE_BACKEND_H_
#define ROLLPORT_TESTS_CONTROLLER_FAKE_BACKEND_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/backend.h"

namespace rollport::controller {

class FakeBackend : public Backend {
 public:
  FleetStatus Status() override { return status; }
  absl::StatusOr<int64_t> Roll(std::optional<std::vector<std::string>> command) override {
    commands.push_back(std::move(command));
    return on_roll();
  }
  void Stop() override {
    ++stops;
    on_stop();
  }
  EventLog& events() override { return log; }

  // Appends an event of roll 1, as a controller would.
  void Tell(const std::string& kind, const std::string& phase = "", std::optional<int> slot = {}) {
    log.Append({.roll = 1,
                .at = now += absl::Milliseconds(250),
                .kind = kind,
                .slot = slot,
                .generation = 2,
                .phase = phase});
  }
  void End(Verdict verdict) {
    log.Append({.roll = 1,
                .at = now += absl::Milliseconds(250),
                .kind = "RollEnded",
                .verdict = std::move(verdict)});
  }

  FleetStatus status;
  EventLog log{256};
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  std::function<absl::StatusOr<int64_t>()> on_roll = [] { return 1; };
  std::function<void()> on_stop = [] {};
  std::vector<std::optional<std::vector<std::string>>> commands;
  int stops = 0;
};

// A fleet of two that is at rest.
inline FleetStatus SteadyStatus() {
  return {.name = "site",
          .listen = {"0.0.0.0:8080", "[::]:8080"},
          .controller_pid = 4000,
          .generation = 3,
          .state = "steady",
          .steering = "cbpf",
          .workers = {{.slot = 0,
                       .pid = 4711,
                       .generation = 3,
                       .state = "serving",
                       .share = 0.5,
                       .accept_queue = 0,
                       .connections = 12,
                       .uptime = absl::Seconds(75)},
                      {.slot = 1,
                       .pid = 4712,
                       .generation = 3,
                       .state = "serving",
                       .share = 0.5,
                       .uptime = absl::Seconds(2.5)}}};
}

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_FAKE_BACKEND_H_
