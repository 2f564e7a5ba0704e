// Metrics of a worker's own.
#include "rollport/metrics.h"

#include "gtest/gtest.h"
#include "metrics/page_counts.h"
#include "tests/worker/worker_process.h"

namespace rollport::worker {
namespace {

TEST(MetricsTest, UserCodeCountsInTheSharedPage) {
  WorkerProcess worker([](Worker& w) {
    Counter hits = w.AddCounter({"shop_hits_total", "Hits", {{"kind", "page"}}});
    Gauge depth = w.AddGauge({"shop_depth", "Depth"});
    Histogram sizes = w.AddHistogram({"shop_bytes", "Sizes"}, {10, 100});
    w.Handle("/", [=](const Request&, Response response) mutable {
      hits.Add();
      hits.Add(-5);
      depth.Set(3);
      depth.Add(-1);
      for (const double size : {10.0, 11.0, 1000.0}) sizes.Observe(size);
      response.Send(200, "text/plain", "ok");
    });
  });
  Client client(worker.address());
  EXPECT_EQ(client.Get("/").status, 200);
  int64_t unreadable = 0;
  const auto read = metrics::ReadUserSeries(worker.mapped_page(), &unreadable);
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[0].value, 1);
  EXPECT_EQ(read[1].value, 2);
  EXPECT_EQ(read[2].value, 1021);
  EXPECT_EQ(read[2].buckets, (std::vector<uint64_t>{1, 1, 1}));
}

TEST(MetricsTest, AWorkerByHandCountsForItself) {
  Worker worker({});
  Counter hits = worker.AddCounter({"hits_total", "Hits"});
  hits.Add(2);
  EXPECT_TRUE(hits.valid());
  EXPECT_EQ(hits.value(), 2);
}

TEST(MetricsTest, ADefaultHandleCountsNothing) {
  Counter counter;
  Gauge gauge;
  Histogram histogram;
  counter.Add();
  gauge.Set(1);
  histogram.Observe(1);
  EXPECT_FALSE(counter.valid() || gauge.valid() || histogram.valid());
  EXPECT_EQ(counter.value(), 0);
}

TEST(MetricsTest, ABrokenRuleEndsTheStart) {
  Worker worker({});
  EXPECT_FALSE(worker.AddCounter({"hits", "Hits"}).valid());
  testing::internal::CaptureStderr();
  EXPECT_EQ(worker.Run(), 1);
  EXPECT_EQ(
      testing::internal::GetCapturedStderr(),
      "rollport: metric \"hits\": the name of a counter ends with _total, and no other does\n");
}

}  // namespace
}  // namespace rollport::worker
