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
      route_(address),
      proofs_(
          loop, diag, route_, [this] { return IndexesToProve(); }, [this] { Look().IgnoreError(); },
          [this](size_t index, uint64_t connection) { OnAccepted(index, connection); }),
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
  if (changed) {
    RemovePlaceholders(MayLeave());
    Cover();
  }
  members_.ShutDownOrphans();
  return changed;
}

absl::StatusOr<bool> Group::Look() {
  ASSIGN_OR_RETURN(const std::vector<os::ListenerInfo> listeners,
                   diag_.DumpListeners(address_.family(), address_.port()));
  const GroupMembers::Changes changes = members_.Update(listeners);
  const bool changed = !changes.left.empty() || changes.news;
  if (changed) {
    proofs_.NoteChange();
    if (!ServesAsBefore(changes.left)) ++lapses_;
    order_.Observe(members_.inodes());
    Attach();
    proofs_.Prove();
  }
  return changed;
}

void Group::Steer(const std::map<WorkerId, uint32_t>& weights) {
  weights_ = weights;
  Attach();
  Cover();
}

void Group::ExpectToLeave(const std::set<WorkerId>& workers) {
  leaving_ = workers;
  Attach();
  RemovePlaceholders(MayLeave());
  Cover();
}

// A placeholder becomes the last member, and moves into the hole in place of one that has a share.
void Group::Cover() {
  const size_t leaving = Leaving(), strangers = MayLeave() - leaving;
  const auto exposed = [&] {
    return in_force_.has_value() && steering::IsExposed(*in_force_, leaving, strangers);
  };
  if (!exposed()) return;
  RemovePlaceholders(0);  // one that has moved into a hole is of no use
  while (exposed() && members_.placeholders() < leaving + strangers &&
         members().size() < steering::kMaxMembers) {
    // Without it, the hash serves an index for a moment.
    if (!members_.AddPlaceholder().ok() || !Look().ok()) return;
  }
}

// The last member moves to where the placeholder was. It has no share meanwhile; or, if nobody else
// has one, the program is swapped first, and what comes before the placeholder has left is dropped
// by it, and sent again.
void Group::RemovePlaceholders(size_t wanted) {
  while (members_.placeholders() > wanted) {
    Placeholder placeholder = members_.TakePlaceholder();
    const std::optional<size_t> index = order_.IndexOf(placeholder.inode());
    if (order_.contains(placeholder.inode())) order_.Leave(placeholder.inode());
    Attach(index);
    placeholder.Leave();
    if (index.has_value()) Attach();
  }
}

// How many members may leave at any moment, because they were told to.
size_t Group::Leaving() const {
  return static_cast<size_t>(
      std::count_if(members().begin(), members().end(), [this](const auto& m) {
        const std::optional<WorkerId> worker = m.second.worker();
        return worker.has_value() && leaving_.contains(*worker);
      }));
}

// The same, and foreign listeners, which may leave unasked.
size_t Group::MayLeave() const { return Leaving() + static_cast<size_t>(Foreign()); }

// Members have left: true if the program that was attached meanwhile has given nothing to a member
// without a weight.
bool Group::ServesAsBefore(const std::vector<uint64_t>& left) const {
  if (left.empty()) return true;
  std::vector<size_t> indexes;
  for (const uint64_t inode : left) {
    const std::optional<size_t> index = order_.IndexOf(inode);
    if (!index.has_value()) return false;
    indexes.push_back(*index);
  }
  return in_force_.has_value() && in_force_->size() == order_.size() &&
         steering::StaysTrue(*in_force_, indexes);
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

// `moves`: this index is about to become another member's. It gets nothing, if anybody else may.
void Group::Attach(std::optional<size_t> moves) {
  const size_t size = members().size();
  in_force_.reset();
  if (size == 0) {
    in_force_.emplace();  // no member can get what is not its share
    return;
  }
  const std::map<steering::Member, uint32_t> wanted = members_.WeightsOf(weights_);
  const std::optional<std::vector<uint32_t>> by_index = order_.WeightsByIndex(wanted);
  const bool known = by_index.has_value() && size <= steering::kMaxMembers;
  if (KeepsFormerProgram(by_index.has_value())) return;
  std::vector<uint32_t> weights =
      steering::WeightsWhileLeaving(known ? *by_index : WeightsInDoubt(wanted), Leaving());
  if (moves.has_value() && *moves < weights.size()) {
    const uint32_t weight = std::exchange(weights[*moves], 0);
    const bool nobody = std::ranges::all_of(weights, [](uint32_t w) { return w == 0; });
    if (nobody) weights[*moves] = weight;
  }
  const absl::Status status = members_.Attach(steering::Compile(Family(), weights));
  trouble_ = status.ok() ? "" : std::string(status.message());
  if (status.ok()) NoteProgram(weights.size());
  if (status.ok() && known) in_force_ = std::move(weights);
  if (!in_force_.has_value()) ++lapses_;
}

// While the order is in doubt: those whose index is known have the shares, if the kernel's hash
// might choose somebody without a share; otherwise nobody has, and the hash chooses.
std::vector<uint32_t> Group::WeightsInDoubt(
    const std::map<steering::Member, uint32_t>& wanted) const {
  std::vector<uint32_t> weights(std::min(members().size(), steering::kMaxMembers), 0);
  if (wanted.size() == members().size() || members().size() > weights.size()) return weights;
  for (const auto& [member, weight] : wanted) {
    const std::optional<size_t> index = order_.IndexOf(member);
    if (index.has_value()) weights[*index] = weight;
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
    if (const std::optional<size_t> index = order_.IndexOf(inode)) return route_.SourceFor(*index);
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

void Group::OnAccepted(size_t index, uint64_t connection) {
  if (index >= order_.size()) return;
  const std::optional<uint64_t> member = members_.WhoAccepted(connection, order_, index);
  if (!member.has_value() || order_.At(index) == member) return;
  if (order_.At(index).has_value() || order_.IndexOf(*member).has_value()) {
    return Contradict(index, *member);
  }
  order_.Prove(index, *member, members_.Alike(*member));
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
