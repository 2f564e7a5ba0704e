#include "controller/accounts/fleet_meters.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/controller/support/shown_metrics.h"
#include "tests/controller/support/workers.h"

namespace rollport::controller {
namespace {

class FleetMetersTest : public testing::Test {
 protected:
  std::vector<prometheus::MetricFamily> Show() {
    exposition::Families families("site");
    meters_.Show(1, &families);
    meters_.ShowUser(&families);
    return families.Take();
  }
  double Value(const std::string& name) { return Flatten(Show()).at("rollport_" + name); }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  WorkerTable workers_;
  api::EventLog events_;
  FleetMeters meters_{workers_, events_};
};

TEST_F(FleetMetersTest, AFamilyIsShownInOnePiece) {
  std::set<std::string> names;
  for (const prometheus::MetricFamily& family : Show()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
  }
}

TEST_F(FleetMetersTest, BrokenPromisesAreCountedFromTheEvents) {
  events_.Append({.kind = "PromiseBroken"});
  events_.Append({.kind = "RollBegan"});
  EXPECT_EQ(Value("promises_broken_total"), 1);
}

TEST_F(FleetMetersTest, AnEndIsCountedWithThePageOfTheWorker) {
  protocol::MappedPage page = AddWorker(*loop_, workers_, 1, 0);
  page->connections_accepted.Set(8);
  meters_.Bury(*workers_.Find(WorkerId(1)), {.signal = 11}, 0);
  workers_.Remove(WorkerId(1));
  EXPECT_EQ(Value("worker_exits_total{signal}"), 1);
  EXPECT_EQ(Value("connections_accepted_total"), 8);
  EXPECT_EQ(meters_.Totals().connections_accepted, 8U);
}

}  // namespace
}  // namespace rollport::controller
