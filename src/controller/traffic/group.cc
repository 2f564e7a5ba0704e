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
          loop, diag, route_,
          [this] { return trouble_.empty() ? order_.IndexesInDoubt() : std::vector<size_t>(); },
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

void Group::TakeOver() {
  former_program_ = true;
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

void Group::OnAccepted(size_t index, uint64_t connection) {
  if (index >= order_.size() || order_.At(index).has_value()) return;
  const std::optional<uint64_t> member = members_.WhoAccepted(connection, order_);
  if (!member.has_value()) return;
  order_.Prove(index, *member);
  Attach();
}

}  // namespace rollport::controller
