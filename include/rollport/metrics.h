// Metrics of a worker's own, beside those that the library keeps: made by rollport::Worker, shown
// by the fleet's controller on /metrics under their own names.
//
//   rollport::Counter hits = worker.AddCounter(
//       {.name = "shop_cache_hits_total", .help = "Answers from the cache", .labels = {{"kind",
//       "page"}}});
//   …
//   hits.Add();
//
// They are kept in memory that the controller shares, so no count is lost however a worker ends,
// and the controller sums them: counters and histograms over all workers that there were, gauges
// over those that live. To count is one plain store; nothing is sent. A worker without a controller
// counts for itself.
//
// Each is one value (or one histogram) that belongs to the worker's one thread. A handle may be
// copied, and is good for as long as its Worker; a default one counts nothing.
#ifndef ROLLPORT_METRICS_H_
#define ROLLPORT_METRICS_H_

#include <string>
#include <utility>
#include <vector>

namespace rollport {

namespace protocol {
struct UserSeries;
}

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// Rules, which Worker::Run() insists on:
//   name    letters, digits, "_" and ":", at most 63, not beginning with "rollport_"; of a counter
//           it ends with "_total", of anything else it does not
//   help    not empty, at most 127 bytes
//   labels  at most 8, whose names are letters, digits and "_", and none of "le", "slot" and
//           "fleet"; in all at most 190 bytes of names and values, with 2 more for each. Use few
//           values that are known beforehand: never a user, an address or a path
// A worker has at most 128 of them. The same definition again is the same metric.
struct MetricOptions {
  std::string name;
  std::string help;
  MetricLabels labels;
};

// Only goes up.
class Counter {
 public:
  Counter() = default;
  // Nothing happens where `n` is not above 0.
  void Add(double n = 1);
  double value() const;
  // False where it counts nothing.
  bool valid() const { return series_ != nullptr; }

 private:
  friend class Worker;
  explicit Counter(protocol::UserSeries* series) : series_(series) {}
  protocol::UserSeries* series_ = nullptr;
};

// Goes up and down. Shown as the sum over all workers: so what is to be summed, such as the length
// of a queue.
class Gauge {
 public:
  Gauge() = default;
  void Set(double value);
  void Add(double n);
  double value() const;
  bool valid() const { return series_ != nullptr; }

 private:
  friend class Worker;
  explicit Gauge(protocol::UserSeries* series) : series_(series) {}
  protocol::UserSeries* series_ = nullptr;
};

// Counts values by the first bucket whose upper bound is not below them. Nothing happens with NaN.
class Histogram {
 public:
  Histogram() = default;
  void Observe(double value);
  bool valid() const { return series_ != nullptr; }

 private:
  friend class Worker;
  explicit Histogram(protocol::UserSeries* series) : series_(series) {}
  protocol::UserSeries* series_ = nullptr;
};

}  // namespace rollport

#endif  // ROLLPORT_METRICS_H_
