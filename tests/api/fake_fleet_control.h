// A controller that does nothing: it answers what a test puts into it, and notes what it is asked.
#ifndef ROLLPORT_TESTS_API_FAKE_FLEET_CONTROL_H_
#define ROLLPORT_TESTS_API_FAKE_FLEET_CONTROL_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/fleet_control.h"

namespace rollport::api {

class FakeFleetControl : public FleetControl {
 public:
  fleet_file::FleetFileId File() override { return file; }
  FleetStatus Status() override {
    on_status();
    return status;
  }
  absl::StatusOr<int64_t> Roll(RollRequest request) override {
    commands.push_back(request.command);
    rolls.push_back(std::move(request));
    return on_roll();
  }
  absl::StatusOr<int64_t> Undo(std::optional<int64_t> to) override {
    asked.push_back(to.has_value() ? absl::StrCat("undo to ", *to) : "undo");
    return on_roll();
  }
  absl::StatusOr<int64_t> Scale(int workers) override {
    asked.push_back(absl::StrCat("scale ", workers));
    return on_roll();
  }
  absl::StatusOr<int64_t> Restart(int slot) override {
    asked.push_back(absl::StrCat("restart ", slot));
    return on_roll();
  }
  absl::Status Pause() override { return Ask("pause"); }
  absl::Status Resume() override { return Ask("resume"); }
  absl::Status Abort() override { return Ask("abort"); }
  FleetCounts Counts() override { return counts; }
  FleetHistory History() override { return history; }
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

  fleet_file::FleetFileId file;
  FleetStatus status;
  FleetCounts counts;
  FleetHistory history;
  EventLog log{256};
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  std::function<absl::StatusOr<int64_t>()> on_roll = [] { return 1; };
  std::function<void()> on_status = [] {};
  std::function<void()> on_stop = [] {};
  std::function<absl::Status()> on_ask = [] { return absl::OkStatus(); };
  std::vector<std::optional<std::vector<std::string>>> commands;  // those of `rolls`
  std::vector<RollRequest> rolls;
  std::vector<std::string> asked;  // "pause", "undo to 3", "scale 8", …
  int stops = 0;

 private:
  absl::Status Ask(std::string what) {
    asked.push_back(std::move(what));
    return on_ask();
  }
};

// A fleet of two that is at rest.
inline FleetStatus SteadyStatus() {
  return {.name = "site",
          .listen = {"0.0.0.0:8080", "[::]:8080"},
          .controller_pid = 4000,
          .generation = 3,
          .state = "steady",
          .slots = 2,
          .healthy_slots = 2,
          .steering = "cbpf",
          .workers = {{.slot = 0,
                       .pid = 4711,
                       .generation = 3,
                       .state = "serving",
                       .share = 0.5,
                       .accept_queue = 0,
                       .connections = 12,
                       .counts = true,
                       .uptime = absl::Seconds(75)},
                      {.slot = 1,
                       .pid = 4712,
                       .generation = 3,
                       .state = "serving",
                       .share = 0.5,
                       .uptime = absl::Seconds(2.5)}}};
}

}  // namespace rollport::api

#endif  // ROLLPORT_TESTS_API_FAKE_FLEET_CONTROL_H_
