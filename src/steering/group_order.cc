#include "steering/group_order.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace rollport::steering {

GroupOrder GroupOrder::InDoubt(std::span<const Member> members) {
  GroupOrder order;
  order.Observe(members);
  order.Doubt();
  return order;
}

void GroupOrder::Join(Member member) {
  RP_CHECK(!contains(member), absl::StrCat("member ", member, " joined twice"));
  slots_.emplace_back(member);
}

void GroupOrder::Leave(Member member) {
  DoubtAlike(member);
  const std::optional<size_t> index = IndexOf(member);
  if (!index) {
    // It left a gap at one of the indexes in doubt. The last member moved there, or was in doubt
    // itself.
    RP_CHECK(unplaced_.erase(member) == 1, absl::StrCat("member ", member, " is not there"));
    if (slots_.back()) unplaced_.insert(*slots_.back());
  } else {
    slots_[*index] = slots_.back();
  }
  slots_.pop_back();
  Settle();
}

void GroupOrder::Observe(std::span<const Member> listening) {
  const auto sorted = [](std::vector<Member> some) {
    std::ranges::sort(some);
    return some;
  };
  const std::vector<Member> before = sorted(members());
  const std::vector<Member> now = sorted({listening.begin(), listening.end()});
  std::vector<Member> left, joined;
  std::ranges::set_difference(before, now, std::back_inserter(left));
  std::ranges::set_difference(now, before, std::back_inserter(joined));
  const size_t stayed = before.size() - left.size();
  if (left.size() + joined.size() == 0) return;
  if (left.size() + joined.size() == 1) {
    // Members that came and went unseen stood at the end or in the gap, and have left it to the
    // same member that would have moved there without them.
    return left.empty() ? Join(joined[0]) : Leave(left[0]);
  }
  for (const Member m : left) DoubtAlike(m);
  // A member moves only if it is the last and another one leaves. Then at least as many members are
  // before it as stay to the end. So a member whose index is smaller than their number has not
  // moved.
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i]) continue;
    if (i < stayed && std::ranges::binary_search(now, *slots_[i])) continue;
    unplaced_.insert(*slots_[i]);
    slots_[i].reset();
  }
  for (const Member m : left) unplaced_.erase(m);
  unplaced_.insert(joined.begin(), joined.end());
  slots_.resize(now.size());
  Settle();
}

bool GroupOrder::Prove(size_t index, Member member, const std::set<Member>& alike) {
  if (IndexOf(member) == index) return true;
  const bool possible = index < slots_.size() && !slots_[index] && unplaced_.contains(member);
  if (!possible) Doubt();
  if (index < slots_.size() && unplaced_.contains(member)) {
    std::set<Member> in_doubt;
    std::ranges::set_intersection(alike, unplaced_, std::inserter(in_doubt, in_doubt.end()));
    const bool known = std::ranges::any_of(
        alike_, [&](const auto& set) { return std::ranges::includes(set, in_doubt); });
    if (in_doubt.size() > 1 && !known) alike_.insert(std::move(in_doubt));
    Place(index, member);
  }
  Settle();
  return possible;
}

void GroupOrder::Doubt() {
  for (auto& slot : slots_) {
    if (slot) unplaced_.insert(*slot);
    slot.reset();
  }
  alike_.clear();
  Settle();
}

// It leaves one of the indexes of those that it is alike to.
void GroupOrder::DoubtAlike(Member leaver) {
  for (auto it = alike_.begin(); it != alike_.end();) {
    if (!it->contains(leaver)) {
      ++it;
      continue;
    }
    for (const Member m : *it) {
      const std::optional<size_t> index = IndexOf(m);
      if (!index) continue;
      slots_[*index].reset();
      unplaced_.insert(m);
    }
    it = alike_.erase(it);
  }
}

bool GroupOrder::contains(Member member) const {
  return unplaced_.contains(member) || IndexOf(member).has_value();
}

std::optional<size_t> GroupOrder::IndexOf(Member member) const {
  const auto found = std::ranges::find(slots_, std::optional<Member>(member));
  if (found == slots_.end()) return std::nullopt;
  return static_cast<size_t>(found - slots_.begin());
}

std::vector<size_t> GroupOrder::IndexesInDoubt() const {
  std::vector<size_t> indexes;
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i]) indexes.push_back(i);
  }
  return indexes;
}

std::vector<Member> GroupOrder::members() const {
  std::vector<Member> all(unplaced_.begin(), unplaced_.end());
  for (const auto& slot : slots_) {
    if (slot) all.push_back(*slot);
  }
  return all;
}

std::optional<std::vector<uint32_t>> GroupOrder::WeightsByIndex(
    const MemberWeights& weights) const {
  std::vector<uint32_t> by_index(slots_.size(), 0);
  size_t placed = 0;
  NextFinder finder(weights);
  for (size_t i = 0; i < slots_.size(); ++i) {
    const uint32_t* const weight = slots_[i] ? finder.Find(*slots_[i]) : nullptr;
    if (weight == nullptr || *weight == 0) continue;
    by_index[i] = *weight;
    ++placed;
  }
  const auto wanted = std::ranges::count_if(weights, [](const auto& w) { return w.second > 0; });
  if (placed < static_cast<size_t>(wanted)) return std::nullopt;
  return by_index;
}

void GroupOrder::Place(size_t index, Member member) {
  slots_[index] = member;
  unplaced_.erase(member);
}

void GroupOrder::Settle() {
  if (unplaced_.size() != 1) return;
  Place(IndexesInDoubt()[0], *unplaced_.begin());
}

}  // namespace rollport::steering
