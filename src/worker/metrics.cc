// include/rollport/metrics.h on top of protocol::UserSeries.
#include "rollport/metrics.h"

#include <cmath>

#include "protocol/worker_page.h"

namespace rollport {

void Counter::Add(double n) {
  if (series_ != nullptr && n > 0) series_->value.Add(n);
}
double Counter::value() const { return series_ == nullptr ? 0 : series_->value.Get(); }

void Gauge::Set(double value) {
  if (series_ != nullptr) series_->value.Set(value);
}
void Gauge::Add(double n) {
  if (series_ != nullptr) series_->value.Add(n);
}
double Gauge::value() const { return series_ == nullptr ? 0 : series_->value.Get(); }

void Histogram::Observe(double value) {
  if (series_ == nullptr || std::isnan(value)) return;
  uint32_t bucket = 0;
  while (bucket < series_->bounds_count && value > series_->bounds[bucket]) ++bucket;
  series_->buckets[bucket].Add(1);
  series_->value.Add(value);
}

}  // namespace rollport
