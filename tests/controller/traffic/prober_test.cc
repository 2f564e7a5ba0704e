#include "controller/traffic/prober.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"

namespace rollport::controller {
namespace {

using testing::HasSubstr;

// Two addresses, and workers that listen on both.
class ProberTest : public testing::Test {
 protected:
  ProberTest() {
    for (const os::SocketAddress& address : addresses_) steerer_.Add(address);
  }
  // Launches the next worker, which listens everywhere.
  Puppet& Join() {
    Puppet& puppet = fleet_.Launch();
    for (const os::SocketAddress& address : addresses_) {
      listeners_.push_back(puppet.Listen(address));
    }
    EXPECT_TRUE(steerer_.Refresh().ok());
    return puppet;
  }
  // Launches the next worker, which answers every request with this status.
  void JoinServing(int status) {
    Puppet& puppet = Join();
    for (size_t i = listeners_.size() - 2; i < listeners_.size(); ++i) {
      puppet.Serve(listeners_[i], status);
    }
  }
  void Probe(WorkerId worker) {
    prober_.emplace(fleet_.loop(), fleet_.diag(), fleet_.workers(), steerer_, worker, addresses_,
                    settings_,
                    [this](rollout::ProbeResult result, const std::string& detail, absl::Duration) {
                      Note(result, detail);
                    });
  }
  // The next report; that it is good is told by an empty text.
  std::string NextReport() {
    reports_.clear();
    if (!fleet_.RunUntil([this] { return !reports_.empty(); })) return "no report";
    return reports_[0].first ? "" : reports_[0].second;
  }

  LiveFleet fleet_;
  const std::vector<os::SocketAddress> addresses_ = {fleet_.NewAddress(), fleet_.NewAddress()};
  Steerer steerer_{fleet_.loop(), fleet_.diag(), fleet_.workers()};
  std::vector<uint64_t> listeners_;  // two of each worker
  fleet_file::HealthSettings settings_{.interval = absl::Milliseconds(5)};
  void Note(rollout::ProbeResult result, const std::string& detail) {
    if (result == rollout::ProbeResult::kOverdue) return;
    reports_.emplace_back(result == rollout::ProbeResult::kGood, detail);
  }

  std::vector<std::pair<bool, std::string>> reports_;
  std::optional<Prober> prober_;
};

TEST_F(ProberTest, ProbesADarkWorkerAndNotItsNeighbour) {
  JoinServing(500);
  JoinServing(200);
  steerer_.Steer({{kOne, 1}});
  Probe(kTwo);
  EXPECT_EQ(NextReport(), "");
  EXPECT_EQ(NextReport(), "") << "at every interval";
  Probe(kOne);
  EXPECT_EQ(NextReport(), "HTTP 500 to GET /healthz");
}

TEST_F(ProberTest, AWorkerThatIsWellIsProbedRarelyAndThroughOneAddressAtATime) {
  settings_.steady_interval = absl::Milliseconds(150);
  JoinServing(200);
  steerer_.Steer({{kOne, 1}});
  Probe(kOne);
  EXPECT_EQ(NextReport(), "");
  prober_->set_identify(false);
  prober_->set_steady(true);
  EXPECT_EQ(NextReport(), "");
  for (int i = 0; i < 2; ++i) {
    const Instant before = os::EventLoop::ReadNow();
    EXPECT_EQ(NextReport(), "");
    EXPECT_GE(os::EventLoop::ReadNow(), before + absl::Milliseconds(100));
  }
  // One of its addresses fails: found in its turn, and then watched closely.
  fleet_.puppet(kOne).Serve(listeners_[1], 503);
  ASSERT_TRUE(fleet_.RunUntil([this] { return !reports_.empty() && !reports_.back().first; }));
  const Instant before = os::EventLoop::ReadNow();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(NextReport(), "HTTP 503 to GET /healthz");
  EXPECT_EQ(prober_->record().last_failure, "HTTP 503 to GET /healthz");
  EXPECT_GE(prober_->record().failed, 4);
  EXPECT_LT(os::EventLoop::ReadNow(), before + absl::Seconds(20));
}

// The worker that is probed has moved into the hole, and its former index is out of range.
TEST_F(ProberTest, AProbeThatIsMisdirectedBecauseSomebodyHasLeftRaisesNoDoubt) {
  for (int i = 0; i < 8; ++i) JoinServing(200);
  steerer_.Steer({{kTwo, 1}});
  const int64_t lapses = steerer_.lapses();
  for (size_t i = 0; i < 2; ++i) fleet_.puppet(kOne).Close(listeners_[i]);
  Probe(WorkerId(8));
  EXPECT_EQ(NextReport(), "");
  EXPECT_EQ(steerer_.lapses(), lapses);
}

TEST_F(ProberTest, WhatAnotherWorkerAnswersBecauseSomebodyHasLeftIsNotHeldAgainstIt) {
  for (int i = 0; i < 7; ++i) JoinServing(503);
  JoinServing(200);
  steerer_.Steer({{kTwo, 1}});
  for (size_t i = 0; i < 2; ++i) fleet_.puppet(kOne).Close(listeners_[i]);
  Probe(WorkerId(8));
  prober_->set_identify(false);
  EXPECT_EQ(NextReport(), "");
}

TEST_F(ProberTest, OneBadAddressOfSeveralIsABadRound) {
  Puppet& puppet = Join();
  steerer_.Steer({{kOne, 1}});
  puppet.Serve(listeners_[0], 200);
  puppet.Serve(listeners_[1], 503);
  Probe(kOne);
  EXPECT_EQ(NextReport(), "HTTP 503 to GET /healthz");
}

TEST_F(ProberTest, AWorkerThatDoesNotListenEverywhereIsBadWhenTheTimeIsUp) {
  settings_.timeout = absl::Milliseconds(30);
  Puppet& puppet = fleet_.Launch();
  puppet.Serve(puppet.Listen(addresses_[0]));
  EXPECT_TRUE(steerer_.Refresh().ok());
  steerer_.Steer({{kOne, 1}});
  Probe(kOne);
  EXPECT_EQ(NextReport(), "no probe of " + addresses_[1].ToString() + " reached it within 30ms");
}

TEST_F(ProberTest, AWorkerThatAcceptsNothingIsBadWhenTheTimeIsUp) {
  settings_.timeout = absl::Milliseconds(30);
  Join();
  steerer_.Steer({{kOne, 1}});
  Probe(kOne);
  EXPECT_THAT(NextReport(), HasSubstr("was not accepted within 30ms"));
}

// Worker 1 leaves its index to worker 2 and takes the last one, unseen, because its listeners are
// the same ones.
class WrongOrderTest : public ProberTest {
 protected:
  WrongOrderTest() {
    JoinServing(500);
    JoinServing(200);
    steerer_.Steer({{kOne, 1}});
    for (const size_t i : {0, 1}) fleet_.puppet(kOne).Relisten(listeners_[i]);
    EXPECT_FALSE(*steerer_.Refresh()) << "nothing to be seen";
  }
};

TEST_F(WrongOrderTest, IsFoundOutAndProvenAgain) {
  const int64_t lapses = steerer_.lapses();
  Probe(kTwo);
  EXPECT_EQ(NextReport(), "") << "only worker 2 itself answers well";
  EXPECT_GT(steerer_.lapses(), lapses);
  EXPECT_TRUE(steerer_.steered());
}

TEST_F(WrongOrderTest, MisleadsAProberThatDoesNotIdentify) {
  Probe(kTwo);
  prober_->set_identify(false);
  EXPECT_EQ(NextReport(), "HTTP 500 to GET /healthz");
}

TEST_F(ProberTest, ByTheHashItAsksUntilTheWorkerItselfAnswers) {
  JoinServing(500);
  JoinServing(200);
  // A worker that is in no table cannot be attached through.
  LiveFleet other;
  Steerer by_hash(other.loop(), other.diag(), other.workers());
  for (const os::SocketAddress& address : addresses_) by_hash.Add(address);
  EXPECT_TRUE(by_hash.Refresh().ok());
  ASSERT_NE(by_hash.trouble(), "");
  prober_.emplace(fleet_.loop(), fleet_.diag(), fleet_.workers(), by_hash, kTwo, addresses_,
                  settings_,
                  [this](rollout::ProbeResult result, const std::string& detail, absl::Duration) {
                    Note(result, detail);
                  });
  prober_->set_identify(false);  // which does not matter then
  EXPECT_EQ(NextReport(), "");
}

TEST_F(ProberTest, TheReportMayDestroyIt) {
  JoinServing(200);
  steerer_.Steer({{kOne, 1}});
  int reports = 0;
  prober_.emplace(fleet_.loop(), fleet_.diag(), fleet_.workers(), steerer_, kOne, addresses_,
                  settings_, [&](rollout::ProbeResult, const std::string&, absl::Duration) {
                    ++reports;
                    prober_.reset();
                  });
  EXPECT_TRUE(fleet_.RunUntil([&] { return reports > 0; }));
  fleet_.RunFor(absl::Milliseconds(20));
  EXPECT_EQ(reports, 1);
}

}  // namespace
}  // namespace rollport::controller
