// A histogram of durations with a relative error below 1 %: each power of two of nanoseconds is cut
// into 128 equal buckets (the log-linear scheme of HdrHistogram).
#ifndef ROLLPORT_LOAD_HISTOGRAM_H_
#define ROLLPORT_LOAD_HISTOGRAM_H_

#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace rollport::load {

class Histogram {
 public:
  Histogram();

  // Below zero counts as zero; above 2^42 ns (73 minutes) as that.
  void Add(absl::Duration value);
  void Merge(const Histogram& other);

  uint64_t count() const { return count_; }
  absl::Duration max() const { return absl::Nanoseconds(max_); }  // exact
  // Zero if nothing was counted.
  absl::Duration Mean() const;
  // The smallest value, to within the error, that at least `fraction` of all values do not exceed;
  // zero if nothing was counted. REQUIRES: 0 < fraction <= 1.
  absl::Duration Quantile(double fraction) const;

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_HISTOGRAM_H_
