#include "load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace rollport::load {
namespace {

constexpr int kSubBits = 7;
constexpr int64_t kSubBuckets = int64_t{1} << kSubBits;
constexpr int kMaxBits = 42;
constexpr int64_t kMaxNanos = (int64_t{1} << kMaxBits) - 1;

// Values below kSubBuckets have a bucket each; above, the top kSubBits+1 bits choose the bucket.
size_t BucketOf(int64_t nanos) {
  if (nanos < kSubBuckets) return static_cast<size_t>(nanos);
  const int shift = 63 - std::countl_zero(static_cast<uint64_t>(nanos)) - kSubBits;
  return static_cast<size_t>((int64_t{shift} << kSubBits) + (nanos >> shift));
}

// The greatest value of a bucket.
int64_t TopOf(size_t bucket) {
  const auto b = static_cast<int64_t>(bucket);
  if (b < kSubBuckets) return b;
  const int64_t shift = (b >> kSubBits) - 1;
  return ((b - (shift << kSubBits) + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(BucketOf(kMaxNanos) + 1) {}

void Histogram::Add(absl::Duration value) {
  const int64_t nanos = std::clamp<int64_t>(absl::ToInt64Nanoseconds(value), 0, kMaxNanos);
  ++buckets_[BucketOf(nanos)];
  ++count_;
  max_ = std::max(max_, nanos);
  sum_ += static_cast<double>(nanos);
}

void Histogram::Merge(const Histogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

absl::Duration Histogram::Mean() const {
  if (count_ == 0) return absl::ZeroDuration();
  return absl::Nanoseconds(sum_ / static_cast<double>(count_));
}

absl::Duration Histogram::Quantile(double fraction) const {
  RP_CHECK(fraction > 0 && fraction <= 1, absl::StrCat(fraction));
  const auto rank = static_cast<uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank && seen > 0) return absl::Nanoseconds(std::min(TopOf(i), max_));
  }
  return absl::ZeroDuration();
}

}  // namespace rollport::load
