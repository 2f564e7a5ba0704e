#include "controller/traffic/group_members.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/pidfd.h"
#include "os/proc.h"
#include "os/reuseport.h"
#include "os/socket.h"

namespace rollport::controller {
namespace {

constexpr int kOwnerSearches = 20;

// Through the pidfd of any process that holds it. False if none could be reached.
bool ShutDown(uint64_t inode) {
  for (const pid_t holder : os::SocketHolders(inode)) {
    const absl::StatusOr<os::UniqueFd> pidfd = os::PidfdOpen(holder);
    const absl::StatusOr<std::optional<int>> number = os::FindSocketFd(holder, inode);
    if (!pidfd.ok() || !number.ok() || !number->has_value()) continue;
    const absl::StatusOr<os::UniqueFd> listener = os::PidfdGetFd(pidfd->get(), **number);
    if (listener.ok() && os::ShutdownListener(listener->get()).ok()) return true;
  }
  return false;
}

}  // namespace

GroupMembers::Changes GroupMembers::Update(const std::vector<os::ListenerInfo>& listeners) {
  std::set<uint64_t> now;
  for (const os::ListenerInfo& l : listeners) {
    if (l.local == address_) now.insert(l.inode);
  }
  Changes changes;
  changes.left = std::erase_if(members_, [&](const auto& m) { return !now.contains(m.first); }) > 0;
  for (const os::ListenerInfo& l : listeners) {
    if (l.local != address_) continue;
    auto [it, fresh] = members_.try_emplace(l.inode);
    it->second.accept_queue = l.accept_queue;
    it->second.accept_limit = l.accept_limit;
    const bool found = FindOwner(l.inode, &it->second);
    changes.news |= fresh || found;
  }
  return changes;
}

// True if it was not known before.
bool GroupMembers::FindOwner(uint64_t inode, GroupMember* member) const {
  if (member->owner.has_value() || member->searches >= kOwnerSearches) return false;
  ++member->searches;
  member->owner = workers_.OwnerOf(inode);
  return member->owner.has_value();
}

void GroupMembers::ShutDownOrphans() const {
  for (const auto& [inode, member] : members_) {
    if (!member.owner.has_value() || workers_.Find(member.owner->worker) != nullptr) continue;
    // A holder that cannot be reached now is tried again at the next look.
    (void)ShutDown(inode);
  }
}

std::vector<steering::Member> GroupMembers::inodes() const {
  std::vector<steering::Member> all;
  all.reserve(members_.size());
  for (const auto& [inode, member] : members_) all.push_back(inode);
  return all;
}

bool GroupMembers::Has(WorkerId worker) const {
  return std::any_of(members_.begin(), members_.end(),
                     [worker](const auto& m) { return m.second.worker() == worker; });
}

uint32_t GroupMembers::AcceptQueue(WorkerId worker) const {
  uint32_t sum = 0;
  for (const auto& [inode, member] : members_) {
    if (member.worker() == worker) sum += member.accept_queue;
  }
  return sum;
}

int GroupMembers::Foreign() const {
  return static_cast<int>(std::count_if(members_.begin(), members_.end(),
                                        [](const auto& m) { return !m.second.owner.has_value(); }));
}

std::map<steering::Member, uint32_t> GroupMembers::WeightsOf(
    const std::map<WorkerId, uint32_t>& weights) const {
  std::map<steering::Member, uint32_t> by_member;
  for (const auto& [inode, member] : members_) {
    if (!member.owner.has_value()) continue;
    const auto it = weights.find(member.owner->worker);
    if (it != weights.end()) by_member[inode] = it->second;
  }
  return by_member;
}

absl::Status GroupMembers::Attach(const steering::Program& program) {
  absl::Status status =
      absl::NotFoundError(absl::StrCat("no worker of ours listens on ", address_.ToString()));
  for (auto& [inode, member] : members_) {
    if (!member.owner.has_value()) continue;
    status = AttachThrough(*member.owner, inode, program);
    if (!status.ok() && FindOwnerAgain(inode, &member)) {
      status = AttachThrough(*member.owner, inode, program);
    }
    if (status.ok()) break;
  }
  return status;
}

// A server may give the listener that it was passed another number, or leave it to its children.
bool GroupMembers::FindOwnerAgain(uint64_t inode, GroupMember* member) const {
  const WorkerProcess* worker = workers_.Find(member->owner->worker);
  if (worker == nullptr) return false;
  const std::optional<SocketOwner> owner = workers_.OwnerIn(*worker, inode);
  if (owner.has_value()) member->owner = owner;
  return owner.has_value();
}

absl::Status GroupMembers::AttachThrough(const SocketOwner& owner, uint64_t inode,
                                         const steering::Program& program) const {
  const WorkerProcess* worker = workers_.Find(owner.worker);
  if (worker == nullptr) return absl::NotFoundError("the worker is gone");
  os::UniqueFd descendant;
  int pidfd = worker->pidfd();
  if (owner.pid != worker->pid()) {
    ASSIGN_OR_RETURN(descendant, os::PidfdOpen(owner.pid));
    pidfd = descendant.get();
  }
  // Held only for this call: a duplicate would keep a closed listener in the group.
  ASSIGN_OR_RETURN(const os::UniqueFd listener, os::PidfdGetFd(pidfd, owner.fd));
  struct stat st {};
  if (fstat(listener.get(), &st) != 0 || st.st_ino != inode) {
    return absl::NotFoundError("the worker has moved its listener");
  }
  return os::AttachProgram(listener.get(), program);
}

// Members whose index is in doubt are searched first: reading /proc of a whole fleet takes
// milliseconds. If several of them are one worker's, any of these will do: they have the same
// weight.
std::optional<uint64_t> GroupMembers::WhoAccepted(uint64_t connection,
                                                  const steering::GroupOrder& order,
                                                  size_t index) const {
  const std::optional<uint64_t> believed = order.At(index);
  if (believed.has_value() && MayHold(*believed, connection)) return believed;
  std::optional<uint64_t> foreign;
  for (const auto& [inode, member] : members_) {
    if (order.IndexOf(inode).has_value()) continue;
    if (!member.owner.has_value()) foreign = inode;
    if (member.owner.has_value() && MayHold(inode, connection)) return inode;
  }
  const std::optional<SocketOwner> owner = workers_.OwnerOf(connection);
  if (!owner.has_value()) return foreign;
  for (const auto& [inode, member] : members_) {
    if (member.worker() == owner->worker) return inode;
  }
  return std::nullopt;
}

// Whether this member's process holds the connection. The holders of a foreign one's are not known.
bool GroupMembers::MayHold(uint64_t inode, uint64_t connection) const {
  const auto member = members_.find(inode);
  if (member == members_.end()) return false;
  if (!member->second.owner.has_value()) return !workers_.OwnerOf(connection).has_value();
  const WorkerProcess* worker = workers_.Find(member->second.owner->worker);
  return worker != nullptr && workers_.OwnerIn(*worker, connection).has_value();
}

}  // namespace rollport::controller
