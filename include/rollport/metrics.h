// Metrics of a worker's own, beside those that the library keeps: created by rollport::Worker, and
// shown by the fleet's controller on /metrics under their own names.
//
//   rollport::Counter hits = worker.AddCounter({.name = "shop_cache_hits_total",
//                                               .help = "Answers from the cache",
//                                               .labels = {{"kind", "page"}}});
//   …
//   hits.Add();
//
// They are kept in memory that the controller shares, so no count is lost however a worker ends.
// The controller sums them: counters and histograms over all workers that there have been, gauges
// over the living ones. Counting is one plain store; nothing is sent. Without a controller a worker
// counts in memory of its own.
//
// Each handle stands for one value (or one histogram), and belongs to the thread that calls
// Worker::Run(). It may be copied, and is valid as long as its Worker; a default one counts
// nothing.
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

// Rules, without which Worker::Run() fails:
//   name    letters, digits, "_" and ":", no digit first, at most 63; does not begin with
//           "rollport_", nor end with "_bucket", "_sum", "_count", "_created" or "_info"; ends with
//           "_total" if it is a counter's, and only then
//   help    1 to 127 bytes
//   labels  at most 8. Their names are letters, digits and "_", no digit first, do not begin with
//           "__", differ, and are none of "le", "slot" and "fleet"; no value has a TAB, a line end
//           or a NUL. Names and values together, with 2 bytes more for each label, have at most 191
//           bytes. Use few values, known beforehand: never a user, an address or a path
// A worker has at most 128 series. The same definition again gives the same one.
struct MetricOptions {
  std::string name;
  std::string help;
  MetricLabels labels;
};

// Only goes up.
class Counter {
 public:
  Counter() = default;
  // Does nothing unless `n` is above 0.
  void Add(double n = 1);
  // 0 if it counts nothing.
  double value() const;
  // False if it counts nothing.
  bool valid() const { return series_ != nullptr; }

 private:
  friend class Worker;
  explicit Counter(protocol::UserSeries* series) : series_(series) {}
  protocol::UserSeries* series_ = nullptr;
};

// Goes up and down. Shown as the sum over the living workers; so use it for what can be summed,
// such as the length of a queue.
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

// Counts values in buckets.
class Histogram {
 public:
  Histogram() = default;
  // Counts `value` in the first bucket whose upper bound is not below it. Does nothing with NaN.
  void Observe(double value);
  bool valid() const { return series_ != nullptr; }

 private:
  friend class Worker;
  explicit Histogram(protocol::UserSeries* series) : series_(series) {}
  protocol::UserSeries* series_ = nullptr;
};

}  // namespace rollport

#endif  // ROLLPORT_METRICS_H_
