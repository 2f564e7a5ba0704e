#include "controller/accounts/fleet_view.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/support/listening_fleet.h"
#include "tests/support/eventually.h"
#include "tests/support/listen_elsewhere.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;

class FleetViewTest : public testing::Test {
 protected:
  // "SLOT STATE" of each worker.
  std::vector<std::string> Workers() {
    std::vector<std::string> workers;
    for (const auto& w : view_.Status().workers)
      workers.push_back(absl::StrCat(w.slot, " ", w.state));
    return workers;
  }
  api::RollProgress Begin(const char* kind, const rollout::Event& request) {
    fleet_.chronicle.BeginRoll(kind, GenerationId(1), GenerationId(2), "");
    fleet_.scenario.Do(request);
    return *view_.Status().roll;
  }

  ListeningFleet fleet_{2};
  FleetView view_{fleet_.sources()};
};

TEST_F(FleetViewTest, ShowsASteadyFleet) {
  fleet_.pages.at(1)->connections_open.Set(12);
  fleet_.workers.Find(WorkerId(2))->set_status_text("warming up");
  const api::FleetStatus status = view_.Status();
  EXPECT_EQ(status.name, "site");
  EXPECT_THAT(status.listen, ElementsAre(fleet_.address.ToString()));
  EXPECT_EQ(status.controller_pid, getpid());
  EXPECT_EQ(status.generation, 1);
  EXPECT_EQ(status.state, "steady");
  EXPECT_EQ(status.steering, "cbpf");
  EXPECT_FALSE(status.roll.has_value());
  ASSERT_EQ(status.workers.size(), 2U);
  EXPECT_EQ(status.workers[0].pid, fleet_.workers.Find(WorkerId(1))->pid());
  EXPECT_EQ(status.workers[0].share, 0.5);
  EXPECT_EQ(status.workers[0].connections, 12);
  EXPECT_EQ(status.workers[1].status_text, "warming up");
}

TEST_F(FleetViewTest, ReadsTheKernelsTablesFirst) {
  const os::UniqueFd foreign = *os::Listen(fleet_.address, 16);
  EXPECT_EQ(view_.Status().foreign_listeners, 1);
  EXPECT_TRUE(view_.Status().stray_listeners.empty());
  os::UniqueFd stray = ListenElsewhere(fleet_.address, ElsewhereBy::kDevice);
  if (stray.valid()) {
    EXPECT_EQ(view_.Status().stray_listeners.size(), 1U);
  }
  stray.Reset();
  // Without a program the kernel's hash chooses, and nobody accepts.
  std::vector<os::UniqueFd> clients;
  clients.reserve(30);
  for (int i = 0; i < 30; ++i) clients.push_back(*os::Connect(fleet_.address));
  const api::FleetStatus status = view_.Status();
  EXPECT_GT(*status.workers[0].accept_queue, 0);
  EXPECT_GT(*status.workers[1].accept_queue, 0);
}

TEST_F(FleetViewTest, SaysWhatTheKernelDroppedAtTheFleetsOwnListeners) {
  EXPECT_EQ(view_.Status().listener_drops, 0);
  // Each of the two takes 17 into its queue, and nobody accepts.
  std::vector<os::UniqueFd> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(*os::Connect(fleet_.address));
  EXPECT_TRUE(Eventually([this] { return view_.Status().listener_drops >= 6; }));
}

TEST_F(FleetViewTest, ConnectionsOfAWorkerWithoutAPageAreThoseThatItHolds) {
  fleet_.pages.at(1)->connections_open.Set(12);
  fleet_.pages.at(1)->magic = 0;
  // The process has a listener, and has accepted nothing.
  const os::UniqueFd client = *os::Connect(fleet_.address);
  EXPECT_EQ(view_.Status().workers[0].connections, 0);
}

TEST_F(FleetViewTest, ListsWorkersBySlotAndThenByAge) {
  Begin("roll", rollout::RollRequested{GenerationId(2)});
  fleet_.AddListening(3, 0, 2);
  EXPECT_THAT(Workers(), ElementsAre("0 serving", "0 starting", "1 serving"));
  fleet_.scenario.BecomeHealthy(3);
  EXPECT_THAT(Workers(), ElementsAre("0 quiescing", "0 serving", "1 serving"));
  // A worker whose process is gone is not shown, though the plan has not heard of it yet.
  fleet_.workers.Remove(WorkerId(1));
  EXPECT_THAT(Workers(), ElementsAre("0 serving", "1 serving"));
}

TEST_F(FleetViewTest, ShowsHowFarARollIs) {
  api::RollProgress roll = Begin("roll", rollout::RollRequested{GenerationId(2)});
  EXPECT_EQ(roll.number, 1);
  EXPECT_EQ(roll.kind, "roll");
  EXPECT_EQ(roll.from, 1);
  EXPECT_EQ(roll.to, 2);
  EXPECT_EQ(roll.phase, "rolling");
  EXPECT_EQ(roll.replaced, 0);
  EXPECT_EQ(roll.of, 2);
  fleet_.scenario.BecomeHealthy(3);
  EXPECT_EQ(view_.Status().roll->replaced, 1);
  fleet_.scenario.Do(rollout::PauseRequested{});
  EXPECT_EQ(view_.Status().roll->phase, "paused");
}

TEST_F(FleetViewTest, ARestartIsOfOneSlotAndAScalingOfThoseThereWillBe) {
  EXPECT_EQ(Begin("restart", rollout::RestartRequested{SlotId(1)}).of, 1);
  EXPECT_EQ(view_.Status().roll->replaced, 0);
  fleet_.scenario.BecomeHealthy(3);
  EXPECT_EQ(view_.Status().roll->replaced, 1);
  fleet_.scenario.Retire(2);
  fleet_.chronicle.EndRoll({}, fleet_.scenario.plan.view());
  fleet_.chronicle.GiveVerdicts([](const auto&, absl::Time) {});
  EXPECT_EQ(Begin("scale", rollout::ScaleRequested{3}).of, 3);
}

TEST_F(FleetViewTest, ShowsTheStepOfACanaryAndWhatIsLeftOfIt) {
  EXPECT_EQ(Begin("roll", rollout::RollRequested{.generation = GenerationId(2),
                                                 .canary = {{50'000, absl::Seconds(60)},
                                                            {250'000, absl::InfiniteDuration()}}})
                .canary,
            std::nullopt);
  fleet_.AddListening(3, 0, 2);
  fleet_.scenario.BecomeHealthy(3);
  auto canary = view_.Status().roll->canary;
  ASSERT_TRUE(canary.has_value());
  EXPECT_EQ(canary->step, 1);
  EXPECT_EQ(canary->of, 2);
  EXPECT_NEAR(canary->share, 0.05, 1e-6);
  EXPECT_EQ(canary->remaining, fleet_.scenario.now + absl::Seconds(60) - fleet_.loop->Now());
  fleet_.scenario.Pass(absl::Seconds(60));
  canary = view_.Status().roll->canary;
  EXPECT_EQ(canary->step, 2);
  EXPECT_EQ(canary->remaining, std::nullopt) << "it waits for a person";
}

TEST_F(FleetViewTest, HistoryHasTheGenerationsAndTheRolls) {
  fleet_.releases.NoteServed(GenerationId(1));
  Begin("roll", rollout::RollRequested{GenerationId(2)});
  const api::FleetHistory history = view_.History();
  ASSERT_EQ(history.generations.size(), 2U);
  EXPECT_TRUE(history.generations[0].current && history.generations[0].served);
  EXPECT_FALSE(history.generations[1].current || history.generations[1].served);
  EXPECT_THAT(history.generations[1].command, ElementsAre("/bin/sleep", "1000"));
  ASSERT_EQ(history.rolls.size(), 1U);
  EXPECT_EQ(history.rolls[0].number, 1);
}

}  // namespace
}  // namespace rollport::controller
