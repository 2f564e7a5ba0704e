// The durations of requests, as a worker counts them in its page. Each power of two of microseconds
// has four buckets, so that a percentile is right to within a quarter, and a bucket is computed,
// not searched for.
#ifndef ROLLPORT_PROTOCOL_LATENCY_H_
#define ROLLPORT_PROTOCOL_LATENCY_H_

#include <bit>
#include <cstddef>
#include <cstdint>

namespace rollport::protocol {

inline constexpr size_t kLatencySteps = 4;     // buckets for each power of two
inline constexpr size_t kLatencyOctaves = 26;  // from 1 us to 67 s
inline constexpr size_t kLatencyBuckets = kLatencySteps * kLatencyOctaves;

// The bucket of a duration. Bucket i holds those from LatencyBound(i) to below LatencyBound(i + 1);
// the first bucket holds shorter ones too, and the last one longer ones.
constexpr size_t LatencyBucket(uint64_t nanos) {
  const uint64_t micros = nanos / 1000;
  if (micros == 0) return 0;
  const size_t octave = static_cast<size_t>(std::bit_width(micros)) - 1;
  if (octave >= kLatencyOctaves) return kLatencyBuckets - 1;
  // The two bits below the highest one: of nanoseconds, because 1 us has no bits below its highest.
  const uint64_t floor = uint64_t{1000} << octave;
  return octave * kLatencySteps + static_cast<size_t>((nanos - floor) * kLatencySteps / floor);
}

// The lower bound of a bucket, in nanoseconds. REQUIRES: `bucket` <= kLatencyBuckets.
constexpr uint64_t LatencyBound(size_t bucket) {
  const uint64_t floor = uint64_t{1000} << (bucket / kLatencySteps);
  return floor + floor / kLatencySteps * (bucket % kLatencySteps);
}

}  // namespace rollport::protocol

#endif  // ROLLPORT_PROTOCOL_LATENCY_H_
