#include "rollout/backoff.h"

#include <algorithm>

namespace rollport::rollout {
namespace {

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): a whole
// generator in one word of state, which keeps the plan a small value. Returns 0 to 1.
double NextUniform(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

}  // namespace

absl::Duration Backoff(const Policy& policy, int failures, uint64_t& random) {
  if (failures <= 1) return absl::ZeroDuration();
  const int doublings = std::min(failures - 2, 30);
  const absl::Duration full = std::min(policy.backoff_max, policy.backoff_first * (1 << doublings));
  if (policy.backoff_jitter == 0) return full;
  return full * (1 - policy.backoff_jitter * NextUniform(random));
}

}  // namespace rollport::rollout
