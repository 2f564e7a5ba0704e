#include "controller/traffic/membership.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/releases.h"
#include "tests/controller/support/worker_ids.h"

namespace rollport::controller {
namespace {

using rollout::WorkerState;
using testing::ElementsAre;
using testing::IsEmpty;

// "ready 1" or "left 1".
std::string Text(const rollout::Event& event) {
  if (const auto* ready = std::get_if<rollout::WorkerBecameReady>(&event)) {
    return absl::StrCat("ready ", ready->worker.value());
  }
  if (const auto* left = std::get_if<rollout::ListenersLeft>(&event)) {
    return absl::StrCat("left ", left->worker.value());
  }
  return "another event";
}

// Workers that are ready when they listen, on two addresses.
class MembershipTest : public testing::Test {
 protected:
  MembershipTest() {
    steerer_.Add(here_);
    steerer_.Add(there_);
  }
  Puppet& Launch(WorkerId id, WorkerState state) {
    view_.workers[id] = {.slot = SlotId(0), .generation = GenerationId(1), .state = state};
    return fleet_.Launch();
  }
  std::vector<std::string> News() {
    EXPECT_TRUE(steerer_.Refresh().ok());
    std::vector<std::string> news;
    for (const rollout::Event& event : membership_.News(view_)) news.push_back(Text(event));
    return news;
  }
  void SetState(WorkerId id, WorkerState state) { view_.workers.at(id).state = state; }

  LiveFleet fleet_;
  const os::SocketAddress here_ = fleet_.NewAddress(), there_ = fleet_.NewAddress();
  const Releases releases_ = MakeReleases({{here_, there_}}, fleet_file::Ready::kListening);
  Steerer steerer_{fleet_.loop(), fleet_.diag(), fleet_.workers()};
  rollout::Fleet view_;
  int due_ = 0;
  Membership membership_{fleet_.loop(), releases_, steerer_, [this] { ++due_; }};
};

TEST_F(MembershipTest, AWorkerIsReadyWhenItListensOnEveryAddress) {
  Puppet& puppet = Launch(kOne, WorkerState::kStarting);
  EXPECT_THAT(News(), IsEmpty());
  puppet.Listen(here_);
  EXPECT_THAT(News(), IsEmpty());
  puppet.Listen(there_);
  EXPECT_THAT(News(), ElementsAre("ready 1"));
  SetState(kOne, WorkerState::kReady);
  EXPECT_THAT(News(), IsEmpty());
}

TEST_F(MembershipTest, AWorkerThatSaysWhenItIsReadyIsNotTakenForItByListening) {
  const Releases releases = MakeReleases({{here_, there_}}, fleet_file::Ready::kNotify);
  Membership membership(fleet_.loop(), releases, steerer_, [] {});
  Puppet& puppet = Launch(kOne, WorkerState::kStarting);
  puppet.Listen(here_);
  puppet.Listen(there_);
  ASSERT_TRUE(steerer_.Refresh().ok());
  EXPECT_TRUE(membership.News(view_).empty());
}

TEST_F(MembershipTest, AWorkerHasLeftWhenItsLastListenerHas) {
  Puppet& puppet = Launch(kOne, WorkerState::kServing);
  const uint64_t here = puppet.Listen(here_), there = puppet.Listen(there_);
  EXPECT_THAT(News(), IsEmpty());
  puppet.Close(here);
  EXPECT_THAT(News(), IsEmpty());
  puppet.Close(there);
  EXPECT_THAT(News(), ElementsAre("left 1")) << "also unasked";
  view_.workers.at(kOne).listening = false;
  EXPECT_THAT(News(), IsEmpty());
}

TEST_F(MembershipTest, AWantedWorkerThatHasNotBeenSeenHasNotLeft) {
  Launch(kOne, WorkerState::kReady);
  EXPECT_THAT(News(), IsEmpty());
  // One that is not wanted any more is not waited for.
  SetState(kOne, WorkerState::kDraining);
  EXPECT_THAT(News(), ElementsAre("left 1"));
}

TEST_F(MembershipTest, AWorkerOfAFormerControllerMayHaveLeftBeforeItIsSeen) {
  Launch(kOne, WorkerState::kServing);
  membership_.NoteJoined(kOne);
  EXPECT_THAT(News(), ElementsAre("left 1"));
  membership_.Forget(kOne);
  EXPECT_THAT(News(), IsEmpty());
}

TEST_F(MembershipTest, TroubleIsToldOnceAndItsEndToo) {
  view_.weights = {{kOne, 1}};
  EXPECT_EQ(membership_.NewTrouble(view_), std::nullopt);
  const os::UniqueFd stranger = *os::Listen(here_, 8);
  ASSERT_TRUE(steerer_.Refresh().ok());
  EXPECT_EQ(membership_.NewTrouble(view_), "no worker of ours listens on " + here_.ToString());
  EXPECT_EQ(membership_.NewTrouble(view_), std::nullopt);
  Launch(kOne, WorkerState::kServing).Listen(here_);
  ASSERT_TRUE(steerer_.Refresh().ok());
  EXPECT_EQ(membership_.NewTrouble(view_), "");
  EXPECT_EQ(membership_.NewTrouble(view_), std::nullopt);
}

TEST_F(MembershipTest, TroubleIsNotToldOfAFleetWithoutSharesOrOneThatStops) {
  const os::UniqueFd stranger = *os::Listen(here_, 8);
  ASSERT_TRUE(steerer_.Refresh().ok());
  EXPECT_EQ(membership_.NewTrouble(view_), std::nullopt) << "no share is given yet";
  view_.weights = {{kOne, 1}};
  view_.stopping = true;
  EXPECT_EQ(membership_.NewTrouble(view_), std::nullopt);
}

// How long it takes until a look is due, if it is watched in these states.
class MembershipPaceTest : public MembershipTest {
 protected:
  MembershipPaceTest() { Launch(kOne, WorkerState::kServing); }
  absl::Duration NextLook() {
    due_ = 0;
    EXPECT_TRUE(fleet_.loop().Turn(absl::ZeroDuration()).ok());
    const Instant begin = fleet_.loop().Now();
    membership_.Watch(view_);
    EXPECT_TRUE(fleet_.RunUntil([this] { return due_ > 0; }));
    return fleet_.loop().Now() - begin;
  }
  // One of several, because this machine may be busy.
  bool IsFast() {
    for (int i = 0; i < 20; ++i) {
      if (NextLook() < absl::Milliseconds(100)) return true;
    }
    return false;
  }
};

TEST_F(MembershipPaceTest, IsSlowWhileNothingIsExpected) {
  EXPECT_GE(NextLook(), absl::Milliseconds(250));
}

TEST_F(MembershipPaceTest, IsFastWhileAListenerIsExpectedToGo) {
  membership_.Watch(view_);  // at the slow pace, which the fast one overtakes
  SetState(kOne, WorkerState::kDraining);
  EXPECT_TRUE(IsFast());
  view_.workers.at(kOne).listening = false;
  EXPECT_GE(NextLook(), absl::Milliseconds(250));
}

TEST_F(MembershipPaceTest, IsFastWhileAWorkerQuiesces) {
  SetState(kOne, WorkerState::kQuiescing);
  EXPECT_TRUE(IsFast()) << "the hash may choose it from the moment another listener leaves";
}

TEST_F(MembershipPaceTest, IsFastWhileAListenerIsExpectedToCome) {
  Launch(kTwo, WorkerState::kStarting);
  EXPECT_TRUE(IsFast());
  due_ = 0;
  membership_.Watch(view_);
  membership_.StopWatching();
  fleet_.RunFor(absl::Milliseconds(20));
  EXPECT_EQ(due_, 0);
}

}  // namespace
}  // namespace rollport::controller
