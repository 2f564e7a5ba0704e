#include "controller/accounts/page_totals.h"

#include <memory>
#include <optional>

#include "gtest/gtest.h"
#include "protocol/latency.h"
#include "tests/controller/support/shown_metrics.h"
#include "tests/controller/support/workers.h"

namespace rollport::controller {
namespace {

class PageTotalsTest : public testing::Test {
 protected:
  protocol::MappedPage Add(int64_t id, int slot) { return AddWorker(*loop_, workers_, id, slot); }
  void End(int64_t id, std::optional<int64_t> cut = 0) {
    totals_.Bury(*workers_.Find(WorkerId(id)), cut);
    workers_.Remove(WorkerId(id));
  }
  ShownMetrics Show() {
    return Shown([this](exposition::Families* out) {
      totals_.ShowConnectionsAndRequests(out);
      totals_.ShowLatencyOfSlots(2, out);
    });
  }
  double Value(const std::string& name) { return Show().at("rollport_" + name); }
  // A request of `nanos` to the worker of this page.
  static void Request(protocol::MappedPage& page, uint64_t nanos) {
    page->responses[2].Add(1);
    page->latency_nanos.Add(nanos);
    page->latency[protocol::LatencyBucket(nanos)].Add(1);
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  WorkerTable workers_;
  PageTotals totals_{workers_};
};

TEST_F(PageTotalsTest, TheDeadAreAddedToTheLiving) {
  protocol::MappedPage one = Add(1, 0), two = Add(2, 0);
  one->connections_accepted.Set(10);
  two->connections_accepted.Set(5);
  EXPECT_EQ(totals_.Sum().connections_accepted, 15U);
  End(1);
  EXPECT_EQ(totals_.Sum().connections_accepted, 15U);
  two->connections_accepted.Add(1);
  EXPECT_EQ(totals_.Sum().connections_accepted, 16U);
}

TEST_F(PageTotalsTest, WhatAWorkerCountedLastIsReadAtItsEnd) {
  protocol::MappedPage page = Add(1, 0);
  EXPECT_EQ(totals_.Sum().connections_accepted, 0U);
  page->connections_accepted.Set(7);
  End(1);
  EXPECT_EQ(totals_.Sum().connections_accepted, 7U);
}

TEST_F(PageTotalsTest, AWorkerThatWritesOverItsPageTakesNothingBack) {
  protocol::MappedPage page = Add(1, 0);
  page->connections_accepted.Set(10);
  Request(page, 2'000'000);
  Show();
  page->connections_accepted.Set(3);
  page->responses[2].Set(0);
  page->latency[protocol::LatencyBucket(2'000'000)].Set(0);
  EXPECT_EQ(totals_.Sum().connections_accepted, 10U);
  End(1);
  EXPECT_EQ(totals_.Sum().connections_accepted, 10U);
  EXPECT_EQ(Value("http_requests_total{2xx}"), 1);
  EXPECT_EQ(Value("slot_http_request_duration_seconds_count{0}"), 1);
}

TEST_F(PageTotalsTest, ABuriedWorkerThatIsStillInTheTableIsCountedOnce) {
  protocol::MappedPage page = Add(1, 0);
  page->connections_accepted.Set(10);
  Request(page, 2'000'000);
  totals_.Bury(*workers_.Find(WorkerId(1)), 0);
  totals_.Bury(*workers_.Find(WorkerId(1)), 0);
  EXPECT_EQ(totals_.Sum().connections_accepted, 10U);
  EXPECT_EQ(Value("slot_http_request_duration_seconds_count{0}"), 1);
  workers_.Remove(WorkerId(1));
  EXPECT_EQ(totals_.Sum().connections_accepted, 10U);
}

TEST_F(PageTotalsTest, WhatTheDeadHaveCutIsCountedIfItIsKnown) {
  protocol::MappedPage known = Add(1, 0), unknown = Add(2, 1);
  known->connections_cut.Set(1);
  EXPECT_EQ(totals_.Sum().connections_cut, 1U);
  End(1, 1 + 3);
  End(2, std::nullopt);
  EXPECT_EQ(totals_.Sum().connections_cut, 4U);
  EXPECT_EQ(Value("workers_cut_unknown_total"), 1);
}

TEST_F(PageTotalsTest, GaugesAreOfTheLivingAndSumsOfASlotOfAllItsWorkers) {
  protocol::MappedPage former = Add(1, 0), present = Add(2, 0), other = Add(3, 1);
  Request(former, 2'000'000);
  Request(present, 3'000'000);
  present->requests_open.Set(1);
  End(1);
  EXPECT_EQ(Value("http_requests_open"), 1);
  EXPECT_EQ(Value("slot_http_request_duration_seconds_count{0}"), 2);
  EXPECT_DOUBLE_EQ(Value("slot_http_request_duration_seconds_sum{0}"), 0.005);
  EXPECT_EQ(Value("slot_http_request_duration_seconds_count{1}"), 0);
}

TEST_F(PageTotalsTest, EveryRequestIsInABucketOfTheHistogram) {
  protocol::MappedPage page = Add(1, 0);
  for (const uint64_t nanos : {500UL, 70'000UL, 2'000'000UL, 900'000'000'000UL}) {
    Request(page, nanos);
  }
  EXPECT_EQ(Value("http_request_duration_seconds_count"), 4);
  EXPECT_EQ(Value("http_request_duration_seconds_bucket{6.4e-05}"), 1);
  EXPECT_EQ(Value("http_request_duration_seconds_bucket{inf}"), 1);
}

TEST_F(PageTotalsTest, AWorkerThatKeepsNoPageCountsNothing) {
  protocol::MappedPage page = Add(1, 0);
  page->requests_open.Set(5);
  page->connections_accepted.Set(5);
  page->magic = 0;
  EXPECT_EQ(Value("http_requests_open"), 0);
  workers_.Find(WorkerId(1))->Kill();
  End(1);
  EXPECT_EQ(totals_.Sum(), metrics::PageCounts());
}

}  // namespace
}  // namespace rollport::controller
