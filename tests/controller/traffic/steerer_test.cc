#include "controller/traffic/steerer.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"

namespace rollport::controller {
namespace {

class SteererTest : public testing::Test {
 protected:
  void Refresh() { EXPECT_TRUE(steerer_.Refresh().ok()); }

  LiveFleet fleet_;
  const os::SocketAddress here_ = fleet_.NewAddress(), there_ = fleet_.NewAddress();
  Steerer steerer_{fleet_.loop(), fleet_.diag(), fleet_.workers()};
};

TEST_F(SteererTest, AnAddressThatComesLaterIsSteeredAsTheOthersAre) {
  steerer_.Add(here_);
  steerer_.Steer({{kOne, 1}});
  steerer_.Add(there_);
  for (int i = 0; i < 2; ++i) {
    fleet_.Launch().Listen(there_);
    Refresh();
  }
  const auto clients = fleet_.Connect(there_, 20);
  Refresh();
  EXPECT_EQ(steerer_.AcceptQueue(kOne), 20U);
  EXPECT_EQ(steerer_.AcceptQueue(kTwo), 0U);
}

TEST_F(SteererTest, WhatWasDroppedAtOurListenersIsKeptWhenTheyAndTheirAddressAreGone) {
  steerer_.Add(here_);
  const uint64_t listener = fleet_.Launch().Listen(here_);
  steerer_.Steer({{kOne, 1}});
  // A foreign listener's are not ours.
  const os::UniqueFd elsewhere = *os::Listen(there_, 1);
  steerer_.Add(there_);
  Refresh();
  EXPECT_EQ(steerer_.drops(), 0U);
  std::vector<os::UniqueFd> clients;
  // Of 70 SYNs to each, the queue of a puppet takes 65, and the foreign one two.
  for (int i = 0; i < 70; ++i) {
    clients.push_back(*os::Connect(here_));
    clients.push_back(*os::Connect(there_));
  }
  ASSERT_TRUE(fleet_.RunUntil([&] {
    Refresh();
    return steerer_.drops() >= 5;
  }));
  clients.clear();
  Refresh();
  const uint64_t seen = steerer_.drops();
  EXPECT_LT(seen, 50U);
  fleet_.puppet(kOne).Close(listener);
  ASSERT_TRUE(fleet_.RunUntil([&] {
    Refresh();
    return !steerer_.InAnyGroup(kOne);
  }));
  EXPECT_EQ(steerer_.drops(), seen);
  steerer_.Remove(here_);
  EXPECT_EQ(steerer_.drops(), seen);
}

TEST_F(SteererTest, AddingAnAddressAgainLeavesItsGroupAlone) {
  steerer_.Add(here_);
  fleet_.Launch().Listen(here_);
  Refresh();
  const Group* group = steerer_.Find(here_);
  steerer_.Add(here_);
  EXPECT_EQ(steerer_.Find(here_), group);
  EXPECT_EQ(steerer_.groups().size(), 1U);
  steerer_.Remove(here_);
  EXPECT_EQ(steerer_.Find(here_), nullptr);
}

TEST_F(SteererTest, AWorkerIsInEveryGroupOnlyIfItListensOnEachAddress) {
  steerer_.Add(here_);
  steerer_.Add(there_);
  Puppet& puppet = fleet_.Launch();
  EXPECT_FALSE(steerer_.InAnyGroup(kOne));
  puppet.Listen(here_);
  Refresh();
  EXPECT_TRUE(steerer_.InAnyGroup(kOne));
  EXPECT_FALSE(steerer_.InEveryGroup(kOne, {here_, there_}));
  puppet.Listen(there_);
  Refresh();
  EXPECT_TRUE(steerer_.InEveryGroup(kOne, {here_, there_}));
  EXPECT_FALSE(steerer_.InEveryGroup(kOne, {here_, fleet_.NewAddress()})) << "not steered";
}

TEST_F(SteererTest, IsSteeredOnlyIfEveryGroupIs) {
  steerer_.Add(here_);
  steerer_.Add(there_);
  Puppet& puppet = fleet_.Launch();
  puppet.Listen(here_);
  const os::UniqueFd stranger = *os::Listen(there_, 8);
  Refresh();
  steerer_.Steer({{kOne, 1}});
  EXPECT_FALSE(steerer_.steered());
  EXPECT_EQ(steerer_.trouble(), "no worker of ours listens on " + there_.ToString());
  EXPECT_EQ(steerer_.ForeignListeners(), 1);
  const int64_t lapses = steerer_.lapses();
  puppet.Listen(there_);
  Refresh();
  EXPECT_TRUE(steerer_.steered());
  EXPECT_EQ(steerer_.trouble(), "");
  steerer_.Find(there_)->Doubt();
  EXPECT_GT(steerer_.lapses(), lapses);
}

}  // namespace
}  // namespace rollport::controller
