#include "controller/accounts/user_meters.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "metrics/user_registry.h"
#include "tests/controller/support/shown_metrics.h"
#include "tests/controller/support/workers.h"

namespace rollport::controller {
namespace {

using protocol::UserSeries;

class UserMetersTest : public testing::Test {
 protected:
  protocol::MappedPage Add(int64_t id) { return AddWorker(*loop_, workers_, id, /*slot=*/0); }
  static UserSeries& Register(protocol::MappedPage& page, const std::string& name,
                              UserSeries::Type type, std::vector<double> bounds = {}) {
    return **metrics::Register(
        page, {.type = type, .name = name, .help = "for a test", .bounds = std::move(bounds)});
  }
  void End(int64_t id) {
    meters_.Bury(*workers_.Find(WorkerId(id)));
    workers_.Remove(WorkerId(id));
  }
  double Value(const std::string& name) {
    return Shown([this](exposition::Families* out) { meters_.Show(out); }).at(name);
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  WorkerTable workers_;
  UserMeters meters_{workers_};
};

TEST_F(UserMetersTest, CountersAreOfAllWorkersAndGaugesOfTheLiving) {
  protocol::MappedPage one = Add(1), two = Add(2);
  for (protocol::MappedPage* page : {&one, &two}) {
    Register(*page, "orders_total", UserSeries::kCounter).value.Set(5);
    Register(*page, "carts", UserSeries::kGauge).value.Set(3);
  }
  EXPECT_EQ(Value("orders_total"), 10);
  EXPECT_EQ(Value("carts"), 6);
  End(1);
  EXPECT_EQ(Value("orders_total"), 10);
  EXPECT_EQ(Value("carts"), 3);
  End(2);
  EXPECT_EQ(Value("orders_total"), 10);
}

TEST_F(UserMetersTest, AHistogramKeepsItsBuckets) {
  protocol::MappedPage page = Add(1);
  UserSeries& series = Register(page, "size", UserSeries::kHistogram, {1, 2});
  series.buckets[1].Set(4);
  series.value.Set(6);
  End(1);
  EXPECT_EQ(Value("size_bucket{2}"), 4);
  EXPECT_EQ(Value("size_sum"), 6);
}

TEST_F(UserMetersTest, ASeriesThatItsWorkerHasSpoiltIsLeftOutAndCounted) {
  protocol::MappedPage page = Add(1);
  Register(page, "orders_total", UserSeries::kCounter);
  UserSeries& spoilt = Register(page, "carts", UserSeries::kGauge);
  spoilt.type = 77;
  EXPECT_EQ(Value("rollport_user_series_dropped"), 1);
  EXPECT_EQ(Value("orders_total"), 0);
}

TEST_F(UserMetersTest, WorkersThatDisagreeAreAConflict) {
  protocol::MappedPage one = Add(1), two = Add(2);
  Register(one, "carts", UserSeries::kGauge);
  EXPECT_EQ(Value("rollport_user_metric_conflicts"), 0);
  Register(two, "carts", UserSeries::kHistogram, {1});
  EXPECT_EQ(Value("rollport_user_metric_conflicts"), 1);
}

}  // namespace
}  // namespace rollport::controller
