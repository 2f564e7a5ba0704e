#include "controller/traffic/successors.h"

#include <deque>
#include <map>
#include <utility>

#include "gtest/gtest.h"
#include "protocol/handover.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"

namespace rollport::controller {
namespace {

using protocol::Message;
using rollout::WorkerState;

class SuccessorsTest : public testing::Test {
 protected:
  // A worker that serves. With `takes` it says that it takes connections.
  WorkerId Launch(int slot, bool takes = true) {
    fleet_.Launch(SlotId(slot));
    const WorkerId id(++last_);
    view_.workers[id] = {.slot = SlotId(slot), .state = WorkerState::kServing};
    if (takes) {
      EXPECT_EQ(protocol::Send(fleet_.channel(id), {.kind = Message::Kind::kTakes}),
                os::Sent::kSent);
    }
    return id;
  }
  void Retire(WorkerId id) {
    view_.workers.at(id).state = WorkerState::kDraining;
    successors_.Retire(id, view_);
  }
  // The worker dies.
  void End(WorkerId id) {
    view_.workers.erase(id);
    fleet_.workers().Remove(id);
    successors_.Gone(id, view_);
  }
  void Open(WorkerId id, uint64_t connections) {
    fleet_.page(id).Begin();
    fleet_.page(id)->connections_open.Set(connections);
  }
  // The next successor that `worker` was told: the worker that a message comes to which is sent
  // there. 0 if it was told none.
  int64_t Told(WorkerId worker) {
    ReadChannels();
    std::deque<protocol::Incoming>& inbox = inboxes_[worker];
    if (inbox.empty()) return 0;
    EXPECT_EQ(inbox.front().message.kind, Message::Kind::kSuccessor);
    EXPECT_EQ(protocol::Send(inbox.front().fd.get(), {.kind = Message::Kind::kConnection}),
              os::Sent::kSent);
    inbox.pop_front();
    ReadChannels();
    for (auto& [id, messages] : inboxes_) {
      if (messages.empty() || messages.back().message.kind != Message::Kind::kConnection) continue;
      messages.pop_back();
      return id.value();
    }
    return -1;
  }
  void ReadChannels() {
    for (int64_t id = 1; id <= last_; ++id) {
      protocol::Incoming incoming;
      while (protocol::Receive(fleet_.channel(WorkerId(id)), &incoming) == os::Received::kMessage) {
        inboxes_[WorkerId(id)].push_back(std::move(incoming));
      }
    }
  }

  std::map<WorkerId, std::deque<protocol::Incoming>> inboxes_;
  LiveFleet fleet_;
  rollout::Fleet view_;
  int64_t last_ = 0;
  Successors successors_{fleet_.workers()};
};

TEST_F(SuccessorsTest, TheWorkerOfTheSameSlotIsPreferred) {
  Launch(0);
  Launch(1);
  Launch(0);
  Open(kThree, 1000);
  Retire(kOne);
  EXPECT_EQ(Told(kOne), 3);
  EXPECT_EQ(Told(kOne), 0) << "once";
}

TEST_F(SuccessorsTest, OtherwiseTheOneWithTheSmallestBurden) {
  for (const int slot : {0, 1, 2, 3}) Launch(slot);
  Open(kOne, 50);
  Open(kTwo, 30);
  Open(kThree, 20);
  Open(kFour, 60);
  Retire(kOne);
  EXPECT_EQ(Told(kOne), 3);
  // It may yet be given worker 1's 50 connections.
  Open(kFour, 40);
  Retire(kTwo);
  EXPECT_EQ(Told(kTwo), 4);
}

TEST_F(SuccessorsTest, OnlyAHealthyWorkerThatServesAndTakesConnectionsIsOne) {
  Launch(0);
  Launch(0, /*takes=*/false);
  Launch(0);
  view_.workers.at(kThree).unhealthy = true;
  Launch(0);
  view_.workers.at(kFour).state = WorkerState::kHealthy;  // dark
  Retire(kOne);
  EXPECT_EQ(Told(kOne), 0);
}

TEST_F(SuccessorsTest, AWorkerThatTakesNothingIsToldNothing) {
  Launch(0, /*takes=*/false);
  Launch(0);
  Retire(kOne);
  EXPECT_EQ(Told(kOne), 0);
}

TEST_F(SuccessorsTest, IfTheSuccessorDiesAnotherOneIsNamed) {
  Launch(0);
  Launch(0);
  Launch(1);
  Retire(kOne);
  EXPECT_EQ(Told(kOne), 2);
  End(kTwo);
  EXPECT_EQ(Told(kOne), 3);
}

TEST_F(SuccessorsTest, IfTheSuccessorIsRetiredBothGoOn) {
  Launch(0);
  Launch(0);
  Launch(0);
  Retire(kOne);
  EXPECT_EQ(Told(kOne), 2);
  Retire(kTwo);
  EXPECT_EQ(Told(kTwo), 3);
  EXPECT_EQ(Told(kOne), 3);
}

TEST_F(SuccessorsTest, AWorkerThatHasDrainedIsToldNothingMore) {
  Launch(0);
  Launch(0);
  Launch(0);
  Retire(kOne);
  EXPECT_EQ(Told(kOne), 2);
  End(kOne);
  End(kTwo);
  EXPECT_EQ(Told(kOne), 0);
}

TEST_F(SuccessorsTest, WithoutAnotherOneItGoesOnAlone) {
  Launch(0);
  Launch(0);
  Retire(kOne);
  EXPECT_EQ(Told(kOne), 2);
  End(kTwo);
  EXPECT_EQ(Told(kOne), 0);
  Launch(0);
  End(kThree);  // was never its successor
  EXPECT_EQ(Told(kOne), 0);
}

}  // namespace
}  // namespace rollport::controller
