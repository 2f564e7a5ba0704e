// What a worker counts in its page.
#include <numeric>

#include "gtest/gtest.h"
#include "tests/worker/worker_process.h"

namespace rollport::worker {
namespace {

uint64_t Measured(const protocol::WorkerPage& page) {
  return std::accumulate(
      std::begin(page.latency), std::end(page.latency), uint64_t{0},
      [](uint64_t sum, const protocol::PageValue& bucket) { return sum + bucket.Get(); });
}

void Serve(Worker& worker) {
  worker.Handle("/", [](const Request&, Response response) { response.Send(200, "a/b", "x"); });
  worker.Handle("/late", [&worker](const Request&, Response response) {
    worker.After(std::chrono::milliseconds(30),
                 [response]() mutable { response.Send(204, "a/b", ""); });
  });
}

TEST(CountsTest, EveryRequestIsMeasuredOnce) {
  WorkerProcess worker(Serve);
  Client client(worker.address());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.Get("/").status, 200);
  client.Send("nonsense\r\n\r\n");
  EXPECT_EQ(client.Read().status, 400);
  EXPECT_EQ(worker.page().responses[2].Get(), 5u);
  EXPECT_EQ(worker.page().responses[4].Get(), 1u);
  EXPECT_EQ(Measured(worker.page()), 6u);
}

TEST(CountsTest, TheDurationIsThatOfTheAnswer) {
  WorkerProcess worker(Serve);
  Client client(worker.address());
  EXPECT_EQ(client.Get("/late").status, 204);
  const protocol::WorkerPage& page = worker.page();
  EXPECT_GE(page.latency_nanos.Get(), 30'000'000u);
  uint64_t below = 0;
  for (size_t i = 0; i < protocol::LatencyBucket(29'000'000); ++i) below += page.latency[i].Get();
  EXPECT_EQ(below, 0u);
  EXPECT_EQ(Measured(page), 1u);
}

TEST(CountsTest, AnAnswerWithinOneTurnOfTheLoopTakesTimeToo) {
  WorkerProcess worker(Serve);
  Client client(worker.address());
  EXPECT_EQ(client.Get("/").status, 200);
  EXPECT_GT(worker.page().latency_nanos.Get(), 0u);
}

TEST(CountsTest, ProbesAreNotMeasured) {
  WorkerProcess worker(Serve);
  Client probe(worker.address(), "127.83.0.1:0");
  EXPECT_EQ(probe.Get("/healthz").status, 200);
  Client client(worker.address());
  EXPECT_EQ(client.Get("/healthz").status, 200);
  EXPECT_EQ(worker.page().probe_requests.Get(), 1u);
  EXPECT_EQ(Measured(worker.page()), 1u);
}

}  // namespace
}  // namespace rollport::worker
