#include "controller/traffic/group.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "fleet_file/fleet_settings.h"
#include "steering/compile.h"
#include "steering/departure.h"

namespace rollport::controller {
namespace {

// If there is a former program, it proves the order in some milliseconds.
constexpr absl::Duration kFormerProgramPatience = absl::Seconds(1);

static_assert(fleet_file::kMaxMembers == steering::kMaxMembers);

}  // namespace

Group::Group(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers,
             os::SocketAddress address, const std::optional<os::Credentials>& owner)
    : diag_(diag),
      address_(address),
      members_(workers, address, owner),
      prospects_(loop, members_, order_),
      route_(address),
      proofs_(
          loop, diag, route_, [this] { return IndexesToProve(); }, [this] { Look().IgnoreError(); },
          [this](const std::vector<OrderProofs::Proof>& proofs) { OnAccepted(proofs); }),
      give_up_(loop, [this] {
        former_program_ = false;
        Attach();
        proofs_.Prove();
      }) {}

steering::Family Group::Family() const {
  return address_.family() == AF_INET ? steering::Family::kIpv4 : steering::Family::kIpv6;
}

absl::StatusOr<bool> Group::Refresh() {
  ASSIGN_OR_RETURN(const bool changed, Look());
  if (changed || members_.placeholders() > 0) {
    RemovePlaceholders();
    Cover(weights_);
  }
  members_.ShutDownOrphans();
  return changed;
}

absl::StatusOr<bool> Group::Look() {
  ASSIGN_OR_RETURN(const std::vector<os::ListenerInfo> listeners,
                   diag_.DumpListeners(address_.family(), address_.port()));
  const GroupMembers::Changes seen = members_.Update(listeners);
  if (seen.foreign_left) prospects_.NoteStrangerLeft();
  const bool changed = !seen.left.empty() || seen.news;
  if (changed) {
    proofs_.NoteChange();
    if (!ServesAsBefore(seen.left)) ++lapses_;
    order_.Observe(members_.inodes());
    Attach();
    proofs_.Prove();
  }
  return changed;
}

void Group::Steer(const rollout::Weights& weights) {
  Cover(weights);
  weights_ = weights;
  Attach();
}

void Group::ExpectToLeave(const std::set<WorkerId>& workers) {
  prospects_.ExpectToLeave(workers);
  Cover(weights_);
  Attach();
  RemovePlaceholders();
}

// Members have left: true if the program that was attached meanwhile has given nothing to a member
// without a weight.
bool Group::ServesAsBefore(const std::vector<uint64_t>& left) const {
  if (left.empty()) return true;
  const bool foreseen = std::ranges::all_of(
      left, [this](uint64_t inode) { return in_force_.accounted_for.contains(inode); });
  if (foreseen && steered()) return true;
  std::vector<size_t> indexes;
  for (const uint64_t inode : left) {
    const std::optional<size_t> index = order_.IndexOf(inode);
    if (!index.has_value()) return false;
    indexes.push_back(*index);
  }
  return steered() && in_force_.weights->size() == order_.size() &&
         steering::StaysTrue(*in_force_.weights, indexes);
}

void Group::TakeOver(std::optional<size_t> members) {
  former_program_ = true;
  program_members_ = members;
  give_up_.After(kFormerProgramPatience);
}

void Group::Doubt() {
  former_program_ = false;
  order_.Doubt();
  Attach();
  proofs_.Prove();
}

// `going`: placeholders that are about to leave too.
void Group::Attach(const Inodes& going) {
  const size_t size = members().size();
  in_force_.weights.reset();
  in_force_.accounted_for.clear();
  if (size == 0) {
    in_force_.weights.emplace();  // no member can get what is not its share
    return;
  }
  const steering::MemberWeights wanted = members_.WeightsOf(weights_);
  const std::optional<std::vector<uint32_t>> by_index = order_.WeightsByIndex(wanted);
  const bool known = by_index.has_value() && size <= steering::kMaxMembers;
  if (KeepsFormerProgram(by_index.has_value())) return;
  std::vector<uint32_t> weights = known ? *by_index : WeightsInDoubt(wanted);
  Inodes may_leave = prospects_.MayLeave(going);
  if (weights.size() == order_.size() && !prospects_.HashIsHarmless(weights, may_leave)) {
    if (auto steady = prospects_.SteadyWeights(weights, may_leave)) {
      weights = *std::move(steady);
      in_force_.accounted_for = std::move(may_leave);
    }
  }
  const absl::Status status = members_.Attach(steering::Compile(Family(), weights));
  trouble_ = std::string(status.message());
  if (status.ok() && size > steering::kMaxMembers) {
    trouble_ = absl::StrCat(size, " listeners on ", address_.ToString(), ", more than the ",
                            steering::kMaxMembers, " that can be steered");
  }
  if (status.ok()) NoteProgram(weights.size());
  if (status.ok()) NoteServers(weights);
  if (status.ok() && known) in_force_.weights = std::move(weights);
  if (!steered()) ++lapses_;
}

void Group::NoteServers(const std::vector<uint32_t>& weights) {
  if (steering::NobodyHasAShare(weights) || weights.size() != order_.size()) return;
  in_force_.served = {};
  if (!prospects_.StrangersComeAndGo()) return;
  for (size_t i = 0; i < weights.size(); ++i) {
    const std::optional<steering::Member> member = order_.At(i);
    if (weights[i] > 0 && member.has_value()) in_force_.served[*member] = weights[i];
  }
}

// While the order is in doubt: those whose index is known have the shares, if the kernel's hash
// might choose somebody without a share; otherwise nobody has, and the hash chooses.
std::vector<uint32_t> Group::WeightsInDoubt(const steering::MemberWeights& wanted) const {
  std::vector<uint32_t> weights(std::min(members().size(), steering::kMaxMembers), 0);
  const bool no_stranger = wanted.size() == members().size() && !prospects_.StrangersComeAndGo();
  if (no_stranger || members().size() > weights.size()) return weights;
  for (const auto& [member, weight] : wanted) {
    const std::optional<size_t> index = order_.IndexOf(member);
    if (index.has_value()) weights[*index] = weight;
  }
  if (!steering::NobodyHasAShare(weights)) return weights;
  // Those who have served until now are better than a stranger.
  const Inodes may_leave = prospects_.MayLeave();
  for (const auto& [member, weight] : in_force_.served) {
    const std::optional<size_t> index = order_.IndexOf(member);
    if (index.has_value() && !may_leave.contains(member)) weights[*index] = weight;
  }
  return weights;
}

// True while the program of an earlier controller is better than any that could be attached now.
bool Group::KeepsFormerProgram(bool order_known) {
  if (!former_program_) return false;
  if (order_known && !weights_.empty()) {
    former_program_ = false;
    give_up_.Cancel();
    return false;
  }
  ++lapses_;  // it may give a share to a worker that is to have none
  return true;
}

std::optional<os::SocketAddress> Group::ProbeSource(WorkerId worker) {
  if (!trouble_.empty()) return std::nullopt;
  for (const auto& [inode, member] : members()) {
    if (member.worker() != worker) continue;
    const std::optional<size_t> index = order_.IndexOf(inode);
    // Beyond that there is no addressed probe.
    if (index.has_value() && *index < steering::kMaxMembers) return route_.SourceFor(*index);
  }
  return std::nullopt;
}

void Group::NoteProgram(size_t members) {
  if (std::exchange(program_members_, members) != members) on_program_();
}

// A former program sends a probe of an index that it does not know to any member with a share.
std::vector<size_t> Group::IndexesToProve() const {
  if (!trouble_.empty()) return {};
  std::vector<size_t> indexes = order_.IndexesInDoubt();
  if (former_program_ && program_members_.has_value()) {
    std::erase_if(indexes, [this](size_t index) { return index >= *program_members_; });
  }
  return indexes;
}

void Group::OnAccepted(const std::vector<OrderProofs::Proof>& proofs) {
  SocketOwners owners = members_.Owners();
  for (const auto& [index, connection] : proofs) {
    if (index >= order_.size()) continue;
    const std::optional<uint64_t> member = members_.WhoAccepted(connection, order_, index, owners);
    if (!member.has_value() || order_.At(index) == member) continue;
    if (order_.At(index).has_value() || order_.IndexOf(*member).has_value()) {
      return Contradict(index, *member);  // and so the others prove nothing
    }
    order_.Prove(index, *member, members_.Alike(*member));
  }
  Attach();
}

// `member` has accepted a probe of `index`, but is believed to have another index, or another
// member to have this one.
void Group::Contradict(size_t index, uint64_t member) {
  if (!former_program_) return Doubt();
  // One member has accepted the probes of two indexes: the program does not know the higher one.
  const size_t other = order_.IndexOf(member).value_or(index);
  const size_t unknown = std::max(index, other);
  program_members_ = std::min(program_members_.value_or(unknown), unknown);
  order_.Doubt();
  proofs_.Prove();
}

}  // namespace rollport::controller
