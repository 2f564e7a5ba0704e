#include "steering/departure.h"

#include <algorithm>

namespace rollport::steering {
namespace {

bool AllZero(std::span<const uint32_t> weights) {
  return std::ranges::all_of(weights, [](uint32_t weight) { return weight == 0; });
}

// The indexes that are out of range when this many have left.
std::span<const uint32_t> Last(std::span<const uint32_t> weights, size_t members) {
  return weights.last(std::min(members, weights.size()));
}

}  // namespace

bool IsExposed(std::span<const uint32_t> weights, size_t leaving, size_t strangers) {
  // The hash may choose whatever is dark and still there when the first member has left: also
  // another one that leaves later.
  const bool only_it_is_dark = leaving == 1 && std::ranges::count(weights, 0U) == 1;
  return !only_it_is_dark && !AllZero(Last(weights, leaving + strangers));
}

std::vector<uint32_t> WeightsWhileLeaving(std::span<const uint32_t> weights, size_t leaving) {
  std::vector<uint32_t> result(weights.begin(), weights.end());
  if (!IsExposed(weights, leaving)) return result;
  const size_t staying = weights.size() - leaving;
  if (AllZero(weights.first(staying))) return result;
  std::fill(result.begin() + static_cast<ptrdiff_t>(staying), result.end(), 0U);
  return result;
}

bool StaysTrue(std::span<const uint32_t> weights, std::span<const size_t> left) {
  const bool had_none = std::ranges::all_of(
      left, [&](size_t index) { return index < weights.size() && weights[index] == 0; });
  return had_none && AllZero(Last(weights, left.size()));
}

}  // namespace rollport::steering
