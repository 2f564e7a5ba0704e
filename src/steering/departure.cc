#include "steering/departure.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace rollport::steering {
namespace {

// How many members that stay are missing behind `index`. Those in doubt are taken for the worst:
// those that may leave for the ones before it, and also for the ones behind it.
size_t MissingBehindIndex(const Outlook& outlook, size_t index) {
  const auto here = outlook.members.begin() + static_cast<ptrdiff_t>(index);
  const auto count = [](auto begin, auto end, Stay stay) {
    return static_cast<size_t>(std::count(begin, end, stay));
  };
  const auto begin = outlook.members.begin(), end = outlook.members.end();
  const size_t in_doubt = outlook.may_leave_in_doubt;
  const size_t leaving =
      count(begin, here, Stay::kMayLeave) + std::min(count(begin, here, Stay::kInDoubt), in_doubt);
  const size_t doubtful = count(here + 1, end, Stay::kInDoubt);
  const size_t staying =
      count(here + 1, end, Stay::kStays) + doubtful - std::min(doubtful, in_doubt);
  return leaving - std::min(leaving, staying);
}

// The last one with a weight; the number of weights if there is none.
size_t LastWithWeight(std::span<const uint32_t> weights) {
  for (size_t i = weights.size(); i-- > 0;) {
    if (weights[i] > 0) return i;
  }
  return weights.size();
}

}  // namespace

size_t MissingBehind(std::span<const uint32_t> weights, const Outlook& outlook) {
  RP_CHECK(weights.size() == outlook.members.size(), absl::StrCat(weights.size(), " weights"));
  const size_t last = LastWithWeight(weights);
  return last == weights.size() ? 0 : MissingBehindIndex(outlook, last);
}

std::vector<uint32_t> SteadyWeights(std::span<const uint32_t> weights, const Outlook& outlook) {
  std::vector<uint32_t> result(weights.begin(), weights.end());
  while (MissingBehind(result, outlook) > 0) result[LastWithWeight(result)] = 0;
  return result;
}

bool NobodyHasAShare(std::span<const uint32_t> weights) {
  return std::ranges::all_of(weights, [](uint32_t weight) { return weight == 0; });
}

bool OnlyOneIsDark(std::span<const uint32_t> weights, const Outlook& outlook) {
  const auto may_leave = std::ranges::count(outlook.members, Stay::kMayLeave);
  return may_leave == 1 && outlook.may_leave_in_doubt == 0 && std::ranges::count(weights, 0U) == 1;
}

bool StaysTrue(std::span<const uint32_t> weights, std::span<const size_t> left) {
  const bool had_none = std::ranges::all_of(
      left, [&](size_t index) { return index < weights.size() && weights[index] == 0; });
  // The last ones, as many as have left, are out of range now.
  return had_none && NobodyHasAShare(weights.last(std::min(left.size(), weights.size())));
}

}  // namespace rollport::steering
