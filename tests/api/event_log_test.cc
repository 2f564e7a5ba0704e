#include "api/event_log.h"

#include <string>
#include <utility>
#include <vector>

#include "api/fleet_control.h"
#include "gtest/gtest.h"

namespace rollport::api {
namespace {

FleetEvent Event(int64_t roll, std::string kind) {
  FleetEvent event;
  event.roll = roll;
  event.kind = std::move(kind);
  return event;
}

TEST(EventLogTest, AReaderWalksItAtItsOwnPace) {
  EventLog log;
  EXPECT_EQ(log.After(0), nullptr);
  log.Append(Event(1, "RollBegan"));
  log.Append(Event(1, "RollEnded"));
  ASSERT_NE(log.After(0), nullptr);
  EXPECT_EQ(log.After(0)->kind, "RollBegan");
  EXPECT_EQ(log.After(1)->kind, "RollEnded");
  EXPECT_EQ(log.After(2), nullptr);
  EXPECT_EQ(log.last(), 2);
}

TEST(EventLogTest, TheOldestAreForgottenAndALateReaderGoesOnWithTheFirstKept) {
  EventLog log(2);
  for (int roll = 1; roll <= 5; ++roll) log.Append(Event(roll, "RollBegan"));
  EXPECT_EQ(log.After(0)->sequence, 4);
  EXPECT_EQ(log.After(4)->sequence, 5);
  EXPECT_FALSE(log.Knows(3));
  EXPECT_TRUE(log.Knows(4));
}

TEST(EventLogTest, ASubscriberMayEndAnyonesSubscriptionAlsoItsOwn) {
  EventLog log;
  std::vector<std::string> heard;
  EventLog::Subscription a, b, c;
  a = log.Subscribe([&](const FleetEvent&) {
    heard.push_back("a");
    b = {};
    a = {};
  });
  b = log.Subscribe([&](const FleetEvent&) { heard.push_back("b"); });
  c = log.Subscribe([&](const FleetEvent& event) { heard.push_back(event.kind); });
  log.Append(Event(0, "first"));
  log.Append(Event(0, "second"));
  EXPECT_EQ(heard, (std::vector<std::string>{"a", "first", "second"}));
}

}  // namespace
}  // namespace rollport::api
