#include "load/listener_watch.h"

#include <nlohmann/json.hpp>
#include <string>

#include "gtest/gtest.h"
#include "os/socket.h"

namespace rollport::load {
namespace {

Instant At(int ms) { return Instant::FromNanos(int64_t{ms} * 1'000'000); }

TEST(WatchTallyTest, LooksBeforeTheFirstListenerCountForNothing) {
  WatchTally tally;
  tally.Look(At(0), 0, 0, 0);
  tally.Look(At(5), 2, 2, 7);
  tally.Look(At(6), 1, 1, 3);
  EXPECT_EQ(tally.looks(), 2);
  EXPECT_EQ(tally.empty_looks(), 0);
  EXPECT_EQ(tally.gaps().max(), absl::Milliseconds(1));
  EXPECT_EQ(tally.max_queued(), 7);
  EXPECT_EQ(tally.listeners(), (std::map<int, uint64_t>{{1, 1}, {2, 1}}));
}

TEST(WatchTallyTest, EmptyLooksInARowAreOneViolation) {
  WatchTally tally;
  const int seen[] = {1, 0, 0, 1, 0, 2};
  for (int i = 0; i < 6; ++i) tally.Look(At(i), seen[i], seen[i], 0);
  EXPECT_EQ(tally.empty_looks(), 3);
  ASSERT_EQ(tally.violations().size(), 2);
  EXPECT_EQ(tally.violations()[0].from, At(1));
  EXPECT_EQ(tally.violations()[0].to, At(2));
  EXPECT_EQ(tally.violations()[1].from, At(4));
  EXPECT_EQ(tally.violations()[1].to, At(4));
}

TEST(WatchTallyTest, FullQueuesAreNotedButAreNoViolation) {
  WatchTally tally;
  tally.Look(At(0), 2, 0, 258);
  EXPECT_EQ(tally.full_looks(), 1);
  EXPECT_EQ(tally.empty_looks(), 0);
}

TEST(ListenerWatchTest, SeesLiveListenersComeAndGo) {
  os::UniqueFd first = *os::Listen(*os::SocketAddress::Parse("127.0.0.1:0"), 8);
  const os::SocketAddress address = *os::LocalAddress(first.get());
  // Bound to the same port on another address: none of ours.
  const absl::StatusOr<os::UniqueFd> other =
      os::Listen(os::SocketAddress::Parse("127.0.0.2:0")->with_port(address.port()), 8);
  absl::StatusOr<ListenerWatch> watch = ListenerWatch::Create({address});
  ASSERT_TRUE(watch.ok()) << watch.status();
  const auto report = [&] {
    return nlohmann::json::parse(watch->JsonReport(At(0), absl::UnixEpoch()));
  };
  EXPECT_EQ(report()["outcome"], "unknown");
  EXPECT_EQ(watch->exit_status(), 3);
  os::UniqueFd second = *os::Listen(address, 8);
  ASSERT_TRUE(watch->Look(At(1)).ok());
  first.Reset();
  ASSERT_TRUE(watch->Look(At(2)).ok());
  EXPECT_EQ(report()["outcome"], "clean");
  EXPECT_EQ(watch->exit_status(), 0);
  second.Reset();
  ASSERT_TRUE(watch->Look(At(3)).ok());
  const nlohmann::json seen = report()["addresses"][address.ToString()];
  EXPECT_EQ(report()["outcome"], "violated");
  EXPECT_EQ(watch->exit_status(), 1);
  EXPECT_EQ(seen["looks_by_listeners"], (nlohmann::json{{"0", 1}, {"1", 1}, {"2", 1}}));
  EXPECT_EQ(seen["violations"][0]["from"], 0.003);
}

}  // namespace
}  // namespace rollport::load
