// The fleet's figures of the last minutes, a point for each second, so that the plots of a live
// page that is opened now do not begin empty.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_RECENT_FIGURES_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_RECENT_FIGURES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "base/instant.h"
#include "metrics/page_counts.h"

namespace rollport::controller {

struct FigurePoint {
  int64_t number = 0;     // 1, 2, …
  absl::Time at;          // its end
  absl::Duration length;  // a second; longer if the controller stood still
  uint64_t requests = 0;  // answered in it
  uint64_t errors = 0;    // of these with 5xx
  // Latency of the requests of the last five points, because a second alone has too few for a p99;
  // by linear interpolation inside a bucket, as Prometheus' histogram_quantile does. nullopt: no
  // request.
  std::optional<double> p50, p99;  // seconds
};

class RecentFigures {
 public:
  // How many points are kept: five minutes. They take some 30 KiB, however long the fleet runs.
  static constexpr size_t kKeep = 300;

  // Adds a point from the last call until now. The first call only begins. `at` is `now` by the
  // clock.
  void Take(Instant now, absl::Time at, const metrics::PageCounts& totals);
  // The kept points whose number is higher, oldest first.
  std::vector<FigurePoint> After(int64_t number) const;

 private:
  struct Sample {
    Instant when;
    metrics::PageCounts totals;
  };

  std::deque<Sample> samples_;  // what the latency of the newest point is taken from
  std::deque<FigurePoint> points_;
  int64_t last_ = 0;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_RECENT_FIGURES_H_
