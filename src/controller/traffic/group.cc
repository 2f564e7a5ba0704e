#include "controller/traffic/group.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "fleet_file/fleet_settings.h"
#include "steering/compile.h"

namespace rollport::controller {
namespace {

// If there is a former program, it proves the order in some milliseconds.
constexpr absl::Duration kFormerProgramPatience = absl::Seconds(1);

static_assert(fleet_file::kMaxMembers == steering::kMaxMembers);

}  // namespace

Group::Group(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers,
             os::SocketAddress address)
    : diag_(diag),
      address_(address),
      members_(workers, address),
      route_(address),
      proofs_(
          loop, diag, route_, [this] { return IndexesToProve(); },
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
  ASSIGN_OR_RETURN(const std::vector<os::ListenerInfo> listeners,
                   diag_.DumpListeners(address_.family(), address_.port()));
  const GroupMembers::Changes changes = members_.Update(listeners);
  const bool changed = changes.left || changes.news;
  if (changed) {
    proofs_.NoteChange();
    // Until the program is swapped, the kernel's hash serves the index of a member that has moved.
    if (changes.left) ++lapses_;
    order_.Observe(members_.inodes());
    Attach();
    proofs_.Prove();
  }
  members_.ShutDownOrphans();
  return changed;
}

void Group::Steer(const std::map<WorkerId, uint32_t>& weights) {
  weights_ = weights;
  Attach();
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

void Group::Attach() {
  const size_t size = members().size();
  steered_ = size == 0;  // then no member can get what is not its share
  if (steered_) return;
  const std::optional<std::vector<uint32_t>> by_index =
      order_.WeightsByIndex(members_.WeightsOf(weights_));
  const bool known = by_index.has_value() && size <= steering::kMaxMembers;
  if (KeepsFormerProgram(by_index.has_value())) return;
  const absl::Status status = members_.Attach(
      known ? steering::Compile(Family(), *by_index)
            : steering::CompileAddressOnly(Family(), std::min(size, steering::kMaxMembers)));
  trouble_ = status.ok() ? "" : std::string(status.message());
  if (status.ok()) NoteProgram(std::min(size, steering::kMaxMembers));
  steered_ = status.ok() && known;
  if (!steered_) ++lapses_;
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
  order_.Prove(index, *member);
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
