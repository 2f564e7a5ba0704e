// The placeholders of a group, which keep the places of its workers while others leave.
#include <utility>

#include "controller/traffic/group.h"

namespace rollport::controller {

// They become the last members, and move into the holes in place of workers. `weights` are those to
// be given next.
void Group::Cover(const rollout::Weights& weights) {
  if (!trouble_.empty() || former_program_) return;
  for (size_t missing = prospects_.MissingPlaceholders(weights); missing > 0; --missing) {
    if (members().size() >= steering::kMaxMembers) return;
    // One after the other, so that their order is known.
    if (!members_.AddPlaceholder().ok() || !Look().ok()) return;
  }
}

void Group::RemovePlaceholders() {
  if (members_.placeholders() == 0) return;
  if (!trouble_.empty()) return RemoveAllPlaceholders();
  while (steered() && (RemoveOneBehind() || RemoveOneInAHole())) {
  }
}

// The kernel's hash chooses, and would choose them too.
void Group::RemoveAllPlaceholders() {
  for (const auto& [inode, member] : members()) {
    if (members_.IsPlaceholder(inode)) members_.DismissPlaceholder(inode);
  }
  Look().IgnoreError();
}

// One that is needed no more. Nothing but a stranger stands behind it and moves.
bool Group::RemoveOneBehind() {
  const Inodes behind = prospects_.PlaceholdersBehind();
  const bool needed = prospects_.MissingPlaceholders(weights_, behind) >= behind.size();
  if (behind.empty() || needed) return false;
  members_.DismissPlaceholder(*behind.rbegin());
  return Look().ok();
}

// The last member moves to where the placeholder was.
bool Group::RemoveOneInAHole() {
  const Inodes behind = prospects_.PlaceholdersBehind();
  const std::optional<uint64_t> placeholder = prospects_.PlaceholderToRemove(behind);
  if (!placeholder.has_value()) return false;
  Inodes going = behind;
  going.insert(*placeholder);
  const auto wanted = order_.WeightsByIndex(members_.WeightsOf(weights_));
  if (!wanted.has_value() ||
      !prospects_.SteadyWeights(*wanted, prospects_.MayLeave(going)).has_value()) {
    return ExchangeForTheOnlyServer(*placeholder, behind);
  }
  // The last members have no share meanwhile.
  Attach(going);
  // Those behind first: they would move into the hole themselves.
  for (const uint64_t inode : behind) members_.DismissPlaceholder(inode);
  members_.DismissPlaceholder(*placeholder);
  return Look().ok();
}

// The same if nobody else has a share. The program is swapped first, and what comes before the
// placeholder has left is dropped by it, and sent again. A stranger that comes at that moment would
// get everything.
bool Group::ExchangeForTheOnlyServer(uint64_t placeholder, const Inodes& behind) {
  if (!order_.IndexOf(placeholder).has_value() || prospects_.StrangersComeAndGo()) return false;
  for (const uint64_t inode : behind) members_.DismissPlaceholder(inode);
  if (!behind.empty() && !Look().ok()) return false;
  Placeholder last = members_.TakePlaceholder(placeholder);
  order_.Leave(placeholder);
  Attach();
  last.Leave();
  return Look().ok();
}

}  // namespace rollport::controller
