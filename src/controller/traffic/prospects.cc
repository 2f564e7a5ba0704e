#include "controller/traffic/prospects.h"

#include <algorithm>
#include <utility>

namespace rollport::controller {
namespace {

// A process that listens again after that is not one that comes and goes all the time.
constexpr absl::Duration kStrangersComeAgain = absl::Minutes(1);

}  // namespace

Inodes Prospects::Strangers() const {
  Inodes strangers;
  for (const auto& [inode, member] : members_.all()) {
    if (member.foreign()) strangers.insert(inode);
  }
  return strangers;
}

Inodes Prospects::MayLeave(const Inodes& going) const {
  Inodes all = Strangers();
  all.insert(going.begin(), going.end());
  for (const auto& [inode, member] : members_.all()) {
    const std::optional<WorkerId> worker = member.worker();
    if (worker.has_value() && leaving_.contains(*worker)) all.insert(inode);
  }
  return all;
}

bool Prospects::StrangersComeAndGo() const {
  return stranger_left_.has_value() && loop_.Now() < *stranger_left_ + kStrangersComeAgain;
}

std::optional<std::vector<uint32_t>> Prospects::SteadyWeights(std::span<const uint32_t> weights,
                                                              const Inodes& may_leave) const {
  std::vector<uint32_t> steady = steering::SteadyWeights(weights, OutlookIf(may_leave));
  if (steering::NobodyHasAShare(steady)) return std::nullopt;
  return steady;
}

bool Prospects::HashIsHarmless(std::span<const uint32_t> weights, const Inodes& may_leave) const {
  return steering::OnlyOneIsDark(weights, OutlookIf(may_leave)) && !StrangersComeAndGo();
}

steering::Outlook Prospects::OutlookIf(const Inodes& may_leave) const {
  steering::Outlook outlook = {.members = std::vector(order_.size(), steering::Stay::kInDoubt),
                               .may_leave_in_doubt = may_leave.size()};
  for (size_t i = 0; i < order_.size(); ++i) {
    const std::optional<steering::Member> member = order_.At(i);
    if (!member.has_value()) continue;
    const bool leaves = may_leave.contains(*member);
    outlook.members[i] = leaves ? steering::Stay::kMayLeave : steering::Stay::kStays;
    outlook.may_leave_in_doubt -= leaves ? 1 : 0;
  }
  return outlook;
}

size_t Prospects::MissingPlaceholders(const rollout::Weights& weights, const Inodes& going) const {
  Inodes may_leave = Strangers();
  may_leave.insert(going.begin(), going.end());
  if (may_leave.empty() && leaving_.empty()) return 0;
  const auto wanted = order_.WeightsByIndex(members_.WeightsOf(weights));
  if (!wanted.has_value()) return 0;
  const size_t missing = steering::MissingBehind(WeightsOfOurs(), OutlookIf(may_leave));
  may_leave.merge(MayLeave());
  if (SteadyWeights(*wanted, may_leave).has_value() || HashIsHarmless(*wanted, may_leave)) {
    return missing;
  }
  return std::max(missing, steering::MissingBehind(*wanted, OutlookIf(may_leave)));
}

// One for each worker that stays, whether it has a share or is dark.
std::vector<uint32_t> Prospects::WeightsOfOurs() const {
  std::vector<uint32_t> ours(order_.size(), 0);
  const auto& members = members_.all();
  for (size_t i = 0; i < order_.size(); ++i) {
    const std::optional<steering::Member> member = order_.At(i);
    const auto found = member.has_value() ? members.find(*member) : members.end();
    if (found == members.end()) continue;
    const std::optional<WorkerId> worker = found->second.worker();
    if (worker.has_value() && !leaving_.contains(*worker)) ours[i] = 1;
  }
  return ours;
}

Inodes Prospects::PlaceholdersBehind() const {
  const std::vector<uint32_t> ours = WeightsOfOurs();
  const auto last = std::find_if(ours.rbegin(), ours.rend(), [](uint32_t w) { return w > 0; });
  const auto end = static_cast<size_t>(ours.rend() - last);
  const std::vector<size_t> in_doubt = order_.IndexesInDoubt();
  const size_t first_in_doubt = in_doubt.empty() ? order_.size() : in_doubt.front();
  Inodes behind;
  for (const auto& [inode, member] : members_.all()) {
    if (!members_.IsPlaceholder(inode)) continue;
    if (order_.IndexOf(inode).value_or(first_in_doubt) >= end) behind.insert(inode);
  }
  return behind;
}

std::optional<uint64_t> Prospects::PlaceholderToRemove(const Inodes& behind) const {
  std::optional<uint64_t> found;
  for (const auto& [inode, member] : members_.all()) {
    if (!members_.IsPlaceholder(inode) || behind.contains(inode)) continue;
    if (!found.has_value() || order_.IndexOf(*found) < order_.IndexOf(inode)) found = inode;
  }
  const Inodes strangers = Strangers();
  const bool somebody_leaves = MayLeave().size() > strangers.size();
  if (!found.has_value() || somebody_leaves || MayBeLast(strangers)) return std::nullopt;
  return found;
}

bool Prospects::MayBeLast(const Inodes& some) const {
  const std::optional<steering::Member> last = order_.At(order_.size() - 1);
  if (last.has_value()) return some.contains(*last);
  return std::any_of(some.begin(), some.end(),
                     [this](uint64_t inode) { return !order_.IndexOf(inode).has_value(); });
}

}  // namespace rollport::controller
