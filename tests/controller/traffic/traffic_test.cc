// The parts put together: what is done for one worker until it is forgotten.
#include "controller/traffic/traffic.h"

#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/releases.h"
#include "tests/controller/support/worker_ids.h"

namespace rollport::controller {
namespace {

using rollout::WorkerState;

constexpr GenerationId kFirst(1), kSecond(2);

// Generation 1 listens on two addresses, and generation 2 on the second and a third.
class TrafficTest : public testing::Test {
 protected:
  TrafficTest() {
    view_.generation = kFirst;
    Hold(kFirst);
  }
  void Hold(GenerationId generation) { EXPECT_TRUE(traffic_.Hold(releases_.at(generation)).ok()); }
  void Add(WorkerId id, GenerationId generation, WorkerState state) {
    view_.workers[id] = {.generation = generation, .state = state};
  }
  bool Has(const os::SocketAddress& address) { return traffic_.steerer().Find(address) != nullptr; }
  // Waits until this many connections are in worker 1's accept queues.
  bool Queued(uint32_t connections) {
    return fleet_.RunUntil([&] {
      return traffic_.steerer().Refresh().ok() &&
             traffic_.steerer().AcceptQueue(kOne) == connections;
    });
  }

  LiveFleet fleet_;
  const os::SocketAddress a_ = fleet_.NewAddress(), b_ = fleet_.NewAddress(),
                          c_ = fleet_.NewAddress();
  const Releases releases_ = MakeReleases({{a_, b_}, {b_, c_}});
  rollout::Fleet view_;
  Traffic traffic_{fleet_.loop(), *os::SockDiag::Create(), fleet_.workers(), releases_, [] {}};
};

TEST_F(TrafficTest, BothGenerationsAddressesAreHeldWhileARollIsUnderWay) {
  Hold(kSecond);
  view_.roll = rollout::Roll{.from = kFirst, .to = kSecond};
  traffic_.LetGo(view_);
  EXPECT_TRUE(Has(a_) && Has(b_) && Has(c_));
  view_.roll.reset();
  view_.generation = kSecond;
  traffic_.LetGo(view_);
  EXPECT_TRUE(!Has(a_) && Has(b_) && Has(c_));
}

TEST_F(TrafficTest, AnAddressIsHeldAsLongAsAWorkerListensThere) {
  Hold(kSecond);
  view_.generation = kSecond;
  Add(kOne, kFirst, WorkerState::kQuiescing);
  traffic_.LetGo(view_);
  EXPECT_TRUE(Has(a_));
  view_.workers.at(kOne).state = WorkerState::kDraining;
  view_.workers.at(kOne).listening = false;
  traffic_.LetGo(view_);
  EXPECT_FALSE(Has(a_)) << "a worker that only drains does not listen";
}

TEST_F(TrafficTest, SharesAreAppliedToTheMembersAsTheyAreNow) {
  // Nothing has been refreshed since they have come.
  for (int i = 0; i < 2; ++i) {
    Puppet& puppet = fleet_.Launch();
    puppet.Serve(puppet.Listen(a_));
  }
  traffic_.ApplyShares({{kOne, 1}});
  EXPECT_TRUE(traffic_.steerer().InAnyGroup(kTwo));
  EXPECT_TRUE(fleet_.RunUntil([this] { return traffic_.steerer().steered(); }));
}

TEST_F(TrafficTest, AWorkerThatIsForgottenIsNeitherProbedNorQuiescedAnyMore) {
  Puppet& puppet = fleet_.Launch();
  const uint64_t listener = puppet.Listen(a_);
  puppet.Listen(b_);
  traffic_.ApplyShares({{kOne, 1}});
  int calls = 0;
  traffic_.Probe(kOne, releases_.at(kFirst),
                 [&](rollout::ProbeResult, const std::string&, absl::Duration) { ++calls; });
  traffic_.ApplyShares({});
  traffic_.Quiesce(
      kOne, [](uint32_t) {}, [&] { ++calls; });
  puppet.Exit(0);
  fleet_.Reap(kOne);
  traffic_.Forget(kOne, view_);
  calls = 0;
  fleet_.RunFor(absl::Milliseconds(30));
  EXPECT_EQ(calls, 0) << listener;
}

TEST_F(TrafficTest, OneThatHasAcceptedEverythingIsNotProbedAnyMore) {
  Puppet& puppet = fleet_.Launch();
  for (const os::SocketAddress& address : {a_, b_}) puppet.Serve(puppet.Listen(address));
  traffic_.ApplyShares({});
  traffic_.Probe(kOne, releases_.at(kFirst),
                 [](rollout::ProbeResult, const std::string&, absl::Duration) {});
  bool probed = true;
  int done = 0;
  traffic_.Quiesce(
      kOne, [](uint32_t) {},
      [&] {
        ++done;
        probed = traffic_.ProbesOf(kOne).has_value();
      });
  EXPECT_TRUE(fleet_.RunUntil([&] { return done == 1; }));
  EXPECT_FALSE(probed) << "a probe would count as cut";
}

TEST_F(TrafficTest, AProbeThatIsLeftInAnAcceptQueueIsNotCountedThere) {
  Puppet& puppet = fleet_.Launch();
  const uint64_t listener = puppet.Listen(a_);
  puppet.Listen(b_);
  traffic_.ApplyShares({{kOne, 1}});
  const os::UniqueFd client = fleet_.Connect(a_);
  ASSERT_TRUE(Queued(1));
  traffic_.Probe(kOne, releases_.at(kFirst),
                 [](rollout::ProbeResult, const std::string&, absl::Duration) {});
  ASSERT_TRUE(Queued(2));
  EXPECT_TRUE(traffic_.StopProbing(kOne));
  EXPECT_EQ(traffic_.LeftInQueue(kOne), 1);
  puppet.Accept(listener);
  ASSERT_TRUE(Queued(1));
  EXPECT_EQ(traffic_.LeftInQueue(kOne), std::nullopt) << "which one it was is not known";
  puppet.Accept(listener);
  ASSERT_TRUE(Queued(0));
  EXPECT_EQ(traffic_.LeftInQueue(kOne), 0);
}

TEST_F(TrafficTest, AQuiesceThatIsStoppedReportsNothing) {
  Puppet& puppet = fleet_.Launch();
  puppet.Listen(a_);
  traffic_.ApplyShares({{kOne, 1}});
  int done = 0;
  traffic_.Quiesce(
      kOne, [](uint32_t) {}, [&] { ++done; });
  traffic_.StopQuiescing(kOne);
  fleet_.RunFor(absl::Milliseconds(30));
  EXPECT_EQ(done, 0);
  traffic_.Quiesce(
      kOne, [](uint32_t) {}, [&] { ++done; });
  EXPECT_TRUE(fleet_.RunUntil([&] { return done == 1; }));
}

}  // namespace
}  // namespace rollport::controller
