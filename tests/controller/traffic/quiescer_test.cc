#include "controller/traffic/quiescer.h"

#include <sys/socket.h>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/live_fleet.h"

namespace rollport::controller {
namespace {

constexpr WorkerId kOld(1), kNew(2);
// A quiescer looks at least this often, so that one that would be done by mistake is seen.
constexpr absl::Duration kSomeLooks = absl::Milliseconds(30);
// Longer than it waits for the proof that packets are done with, on a busy machine too.
constexpr absl::Duration kNoteIsTaken = absl::Milliseconds(300);

// Worker 1 loses its share to worker 2. A client's handshake with either is half open until the
// client sends a byte.
class QuiescerTest : public testing::Test {
 protected:
  QuiescerTest() {
    steerer_.Add(address_);
    old_ = fleet_.Launch().ListenDeferring(address_);
    EXPECT_TRUE(steerer_.Refresh().ok());
    new_ = fleet_.Launch().ListenDeferring(address_);
    EXPECT_TRUE(steerer_.Refresh().ok());
    SteerTo(kOld);
  }

  void SteerTo(WorkerId worker) {
    EXPECT_TRUE(steerer_.Refresh().ok());
    steerer_.Steer({{worker, 1}});
  }
  void Quiesce() {
    quiescer_.emplace(fleet_.loop(), fleet_.diag(), packets_, steerer_, kOld,
                      Quiescer::Hooks{.on_queue = [this](uint32_t n) { queue_ = n; },
                                      .stop_probing =
                                          [this] {
                                            queue_when_stopped_ = queue_;
                                            return std::exchange(probe_queued_, false);
                                          },
                                      .done = [this] { ++done_; }});
  }
  bool Done() {
    return fleet_.RunUntil([this] { return done_ > 0; });
  }
  // True if it is not done within some looks.
  bool StillWaits() {
    fleet_.RunFor(kSomeLooks);
    return done_ == 0;
  }
  // What is half open is noted when this returns, and what begins later is not.
  void AwaitNote() {
    fleet_.RunFor(kNoteIsTaken);
    EXPECT_EQ(done_, 0);
  }
  os::UniqueFd BeginHandshake(const std::optional<os::SocketAddress>& source = std::nullopt) {
    const size_t before = HalfOpen();
    os::UniqueFd client = fleet_.Connect(address_, source);
    EXPECT_EQ(HalfOpen(), before + 1);
    return client;
  }
  void EndHandshake(const os::UniqueFd& client) {
    const size_t before = HalfOpen();
    EXPECT_EQ(send(client.get(), "x", 1, MSG_NOSIGNAL), 1);
    EXPECT_TRUE(fleet_.RunUntil([&] { return HalfOpen() < before; }));
  }
  os::UniqueFd ConnectInFull() {
    os::UniqueFd client = BeginHandshake();
    EndHandshake(client);
    return client;
  }
  size_t HalfOpen() { return fleet_.diag().DumpHandshakes(AF_INET, address_.port())->size(); }
  Puppet& old_puppet() { return fleet_.puppet(kOld); }

  LiveFleet fleet_;
  const os::SocketAddress address_ = fleet_.NewAddress();
  Steerer steerer_{fleet_.loop(), fleet_.diag(), fleet_.workers()};
  uint64_t old_ = 0;
  uint64_t new_ = 0;
  int done_ = 0;
  uint32_t queue_ = 0;  // as it was told
  bool probe_queued_ = false;
  std::optional<uint32_t> queue_when_stopped_;  // as it was told until the probes were stopped
  os::PacketHelper packets_{fleet_.loop()};
  std::optional<Quiescer> quiescer_;
};

TEST_F(QuiescerTest, IsDoneSoonIfNothingIsOnItsWay) {
  SteerTo(kNew);
  Quiesce();
  EXPECT_EQ(done_, 0) << "never from within the constructor";
  EXPECT_TRUE(Done());
  fleet_.RunFor(kSomeLooks);
  EXPECT_EQ(done_, 1);
}

TEST_F(QuiescerTest, WaitsForTheAcceptQueue) {
  const os::UniqueFd client = ConnectInFull();
  SteerTo(kNew);
  Quiesce();
  EXPECT_TRUE(StillWaits());
  EXPECT_TRUE(fleet_.RunUntil([this] { return queue_ == 1; }));
  old_puppet().Accept(old_);
  EXPECT_TRUE(Done());
}

TEST_F(QuiescerTest, WhatWaitsIsToldAtOnce) {
  const os::UniqueFd client = ConnectInFull();
  SteerTo(kNew);
  Quiesce();
  EXPECT_EQ(queue_, 1U) << "its time may be over before the first look";
}

TEST_F(QuiescerTest, ProbesAreStoppedBeforeItIsDoneOrTold) {
  const os::UniqueFd client = ConnectInFull();
  SteerTo(kNew);
  Quiesce();
  EXPECT_TRUE(StillWaits());
  EXPECT_EQ(queue_when_stopped_, std::nullopt) << "they show whether it accepts";
  probe_queued_ = true;
  old_puppet().Accept(old_);
  ASSERT_TRUE(fleet_.RunUntil([this] { return !probe_queued_; }));
  EXPECT_EQ(queue_when_stopped_, 1U);
  EXPECT_TRUE(Done());
}

TEST_F(QuiescerTest, WaitsForAHandshakeThatWasHalfOpenAtTheSwap) {
  const os::UniqueFd client = BeginHandshake();
  SteerTo(kNew);
  Quiesce();
  EXPECT_TRUE(StillWaits());
  EndHandshake(client);
  EXPECT_TRUE(StillWaits()) << "it is in the accept queue now";
  old_puppet().Accept(old_);
  EXPECT_TRUE(Done());
}

TEST_F(QuiescerTest, DoesNotWaitForHandshakesThatBeganAfterTheSwap) {
  const os::UniqueFd before = BeginHandshake();
  SteerTo(kNew);
  Quiesce();
  AwaitNote();
  const os::UniqueFd after = BeginHandshake();
  EndHandshake(before);
  old_puppet().Accept(old_);
  EXPECT_TRUE(Done());
  EXPECT_EQ(HalfOpen(), 1U);
}

TEST_F(QuiescerTest, AHandshakeThatItsClientGivesUpIsOver) {
  std::optional<os::UniqueFd> client = BeginHandshake();
  SteerTo(kNew);
  Quiesce();
  EXPECT_TRUE(StillWaits());
  const linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(client->get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  client.reset();
  EXPECT_TRUE(Done());
}

TEST_F(QuiescerTest, BeginsAgainIfTheHashHasChosenInTheMeantime) {
  const os::UniqueFd client = ConnectInFull();
  // One that accepts at once, to prove the order by.
  Puppet& puppet = fleet_.puppet(kNew);
  puppet.Close(new_);
  EXPECT_TRUE(steerer_.Refresh().ok());
  new_ = puppet.Listen(address_);
  SteerTo(kNew);
  Quiesce();
  EXPECT_TRUE(StillWaits());
  Group& group = *steerer_.Find(address_);
  const std::optional<os::SocketAddress> source = group.ProbeSource(kOld);
  group.Doubt();
  // While the order is in doubt, a connection comes to the worker that has no share.
  const os::UniqueFd stray = BeginHandshake(source);
  old_puppet().Accept(old_);
  EXPECT_TRUE(StillWaits()) << "the order is in doubt";
  puppet.Serve(new_);
  ASSERT_TRUE(fleet_.RunUntil([&] { return group.steered(); }));
  // What the worker was sent as a proof ends by its own timeout.
  ASSERT_TRUE(fleet_.RunUntil([&] { return HalfOpen() == 1; }));
  EXPECT_TRUE(StillWaits()) << "for the connection that came by the hash";
  EndHandshake(stray);
  old_puppet().Accept(old_);
  EXPECT_TRUE(Done());
}

TEST_F(QuiescerTest, BeginsAgainIfItsOwnLookSeesThatAListenerHasLeft) {
  Puppet& third = fleet_.Launch();
  const uint64_t leaving = third.Listen(address_);
  EXPECT_TRUE(steerer_.Refresh().ok());
  // The worker with the share is the last one again, and moves when the third one leaves.
  fleet_.puppet(kNew).Close(new_);
  EXPECT_TRUE(steerer_.Refresh().ok());
  new_ = fleet_.puppet(kNew).ListenDeferring(address_);
  EXPECT_TRUE(steerer_.Refresh().ok());
  const os::UniqueFd noted = BeginHandshake();
  SteerTo(kNew);
  Quiesce();
  EXPECT_TRUE(StillWaits());
  // Until the program is swapped the hash serves an index, and chooses the worker that quiesces.
  const os::UniqueFd stray = BeginHandshake(steerer_.Find(address_)->ProbeSource(kOld));
  third.Close(leaving);
  EndHandshake(noted);
  old_puppet().Accept(old_);
  EXPECT_TRUE(StillWaits()) << "for the handshake that came by the hash";
  EndHandshake(stray);
  old_puppet().Accept(old_);
  EXPECT_TRUE(Done());
}

TEST_F(QuiescerTest, GoesOnIfAListenerLeavesThatNobodyWithAShareMovesFor) {
  Puppet& third = fleet_.Launch();
  const uint64_t leaving = third.Listen(address_);
  const os::UniqueFd noted = BeginHandshake();
  SteerTo(kNew);
  Quiesce();
  AwaitNote();
  const os::UniqueFd later = BeginHandshake(steerer_.Find(address_)->ProbeSource(kOld));
  third.Close(leaving);
  EndHandshake(noted);
  old_puppet().Accept(old_);
  EXPECT_TRUE(Done());
}

TEST_F(QuiescerTest, IsDoneAtOnceIfNoProgramCanBeAttached) {
  const os::UniqueFd client = ConnectInFull();
  for (const WorkerId worker : {kOld, kNew}) {
    fleet_.puppet(worker).Exit(0);
    fleet_.Reap(worker);
  }
  const os::UniqueFd stranger = *os::Listen(address_, 64);
  EXPECT_TRUE(steerer_.Refresh().ok());
  ASSERT_NE(steerer_.trouble(), "");
  Quiesce();
  EXPECT_TRUE(Done());
}

TEST_F(QuiescerTest, IsNotCalledBackAfterItsEnd) {
  SteerTo(kNew);
  Quiesce();
  quiescer_.reset();
  EXPECT_TRUE(StillWaits());
}

TEST_F(QuiescerTest, MayBeDestroyedByItsCallback) {
  SteerTo(kNew);
  quiescer_.emplace(fleet_.loop(), fleet_.diag(), packets_, steerer_, kOld,
                    Quiescer::Hooks{.on_queue = [](uint32_t) {},
                                    .stop_probing = [] { return false; },
                                    .done =
                                        [this] {
                                          ++done_;
                                          quiescer_.reset();
                                        }});
  EXPECT_TRUE(Done());
}

}  // namespace
}  // namespace rollport::controller
