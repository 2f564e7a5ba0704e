#include "cli/status_text.h"

#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/api/fake_fleet_control.h"

namespace rollport::cli {
namespace {

TEST(StatusTextTest, AFleetAtRest) {
  EXPECT_EQ(StatusText(api::SteadyStatus()),
            R"(site: steady, generation 3, steering cbpf, controller 4000
  listens on 0.0.0.0:8080 [::]:8080

SLOT      PID   GEN  STATE        SHARE  QUEUE   CONNS       UP
   0     4711     3  serving      50.0%      0      12    1m15s
   1     4712     3  serving      50.0%      -       -       2s
)");
}

TEST(StatusTextTest, WhateverIsUnusualIsSaidAndNothingIsWiderThan80) {
  api::FleetStatus status = api::SteadyStatus();
  status.state = "rolling";
  status.healthy_slots = 1;
  status.outdated_slots = 1;
  status.steering = "hash";
  status.steering_reason =
      "setsockopt SO_ATTACH_REUSEPORT_CBPF on 0.0.0.0:8080: Operation not permitted in this box";
  status.foreign_listeners = 2;
  status.failures = {
      {.slot = 1,
       .generation = 4,
       .reason = "was not healthy in time: all 9 probes failed, the last with: HTTP 404",
       .ago = absl::Seconds(75)}};
  status.stray_listeners = {"nc (process 812, user 33) on [::]:8080, which is not IPv6-only"};
  status.record_trouble = "write /run/site/fleet.state.new: No space left on device";
  status.roll = api::RollProgress{.number = 7,
                                  .from = 3,
                                  .to = 4,
                                  .phase = "rolling",
                                  .replaced = 1,
                                  .of = 2,
                                  .elapsed = absl::Seconds(1.5)};
  status.workers[0] = {.slot = 1023,
                       .pid = 4194304,
                       .generation = 99999,
                       .state = "quiescing",
                       .share = 1,
                       .accept_queue = 65535,
                       .connections = 1000000,
                       .uptime = absl::Hours(24 * 999 + 23),
                       .trouble = "HTTP 404 to GET /healthz"};
  const std::string text = StatusText(status);
  EXPECT_EQ(text, R"(site: rolling, generation 3, steering hash, controller 4000
  degraded: a healthy worker serves 1 of 2 slots
  going back: 1 of 2 slots is still served by another generation than 3
  listens on 0.0.0.0:8080 [::]:8080
  roll 7: generation 3 -> 4, rolling, 1 of 2 slots replaced, 1.50 s
  the kernel spreads connections: setsockopt SO_ATTACH_REUSEPORT_CBPF on
  0.0.0.0:8080: Operation not permitted in this box
  slot 1: a worker of generation 4 failed 1m15s ago: was not healthy in time:
  all 9 probes failed, the last with: HTTP 404
  2 foreign listeners take connections at this fleet's addresses
  a listener in a group of its own may take every connection: nc (process 812,
  user 33) on [::]:8080, which is not IPv6-only
  fleet.state is out of date, so another controller could not take this fleet
  over as it is: write /run/site/fleet.state.new: No space left on device

SLOT      PID   GEN  STATE        SHARE  QUEUE   CONNS       UP
1023  4194304 99999  quiescing   100.0%  65535 1000000  999d23h
       its last probe failed: HTTP 404 to GET /healthz
   1     4712     3  serving      50.0%      -       -       2s
)");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(StatusTextTest, ARollThatIsPausedSaysWhyAndWhatTheCanaryGets) {
  api::FleetStatus status = api::SteadyStatus();
  status.state = "paused";
  status.roll =
      api::RollProgress{.number = 7,
                        .from = 3,
                        .to = 4,
                        .phase = "paused",
                        .reason = "the canary waits for a person",
                        .of = 2,
                        .elapsed = absl::Seconds(61),
                        .canary = api::CanaryProgress{.step = 1, .of = 2, .share = 0.005}};
  EXPECT_EQ(StatusHead(status), R"(site: paused, generation 3, steering cbpf, controller 4000
  listens on 0.0.0.0:8080 [::]:8080
  roll 7: generation 3 -> 4, paused (the canary waits for a person), 0 of 2
  slots replaced, 61.00 s
  canary step 1 of 2: 0.5% of new connections, until it is resumed
)");
  status.roll->canary->share = 0.05;
  status.roll->canary->remaining = absl::Seconds(42);
  EXPECT_EQ(CanaryText(*status.roll->canary),
            "canary step 1 of 2: 5% of new connections, 42.00 s left");
}

TEST(StatusTextTest, AChangeOfOneGenerationNamesItOnce) {
  const api::RollProgress scale{.number = 8,
                                .kind = "scale",
                                .from = 3,
                                .to = 3,
                                .phase = "rolling",
                                .replaced = 2,
                                .of = 8,
                                .elapsed = absl::Seconds(1)};
  EXPECT_EQ(ProgressText(scale), "scale 8: generation 3, rolling, 2 of 8 slots replaced, 1.00 s");
}

TEST(StatusTextTest, TheFootOfARollTellsWhatItWaitsForAndWhatToType) {
  api::RollProgress roll{.phase = "rolling"};
  EXPECT_TRUE(FootText(roll, "type this").empty());
  roll.canary =
      api::CanaryProgress{.step = 1, .of = 1, .share = 0.25, .remaining = absl::Seconds(9.5)};
  EXPECT_EQ(FootText(roll, "type this"),
            (std::vector<std::string>{"canary step 1 of 1: 25% of new connections, 9.50 s left"}));
  roll.phase = "paused";
  roll.reason = "somebody paused it";
  roll.canary.reset();
  EXPECT_EQ(FootText(roll, "type this"),
            (std::vector<std::string>{"paused: somebody paused it", "type this"}));
}

}  // namespace
}  // namespace rollport::cli
