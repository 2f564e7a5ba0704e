#include "controller/traffic/group_members.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/pidfd.h"
#include "os/port_holder.h"
#include "os/proc.h"
#include "os/reuseport.h"
#include "os/socket.h"

namespace rollport::controller {
namespace {

constexpr int kOwnerSearches = 20;
// From then on it is said that a listener is foreign.
constexpr int kForeignAfter = 5;

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

// In what it differs from a worker's listener.
std::string StrayText(const os::ListenerInfo& stray, const os::ListenerInfo& ours) {
  const char* how = stray.device != ours.device ? "which is bound to a device"
                    : stray.v6only              ? "which is IPv6-only"
                                                : "which is not IPv6-only";
  if (stray.device == 0 && ours.device != 0) how = "which is bound to no device";
  return absl::StrCat(os::HolderOf(stray), " on ", stray.local.ToString(), ", ", how);
}

}  // namespace

GroupMembers::Changes GroupMembers::Update(const std::vector<os::ListenerInfo>& listeners) {
  Listeners here;
  for (const os::ListenerInfo& l : listeners) {
    if (l.local == address_) here.push_back(&l);
  }
  SocketOwners owners = Owners();
  here = TakeGroup(std::move(here), owners);
  std::ranges::sort(here, {}, &os::ListenerInfo::inode);
  here.erase(std::unique(here.begin(), here.end(),
                         [](const auto* a, const auto* b) { return a->inode == b->inode; }),
             here.end());
  Changes changes;
  std::erase_if(left_in_queues_, [&](const auto& w) { return workers_.Find(w.first) == nullptr; });
  auto listening = here.begin();
  members_.EraseIf([&](const auto& m) {
    while (listening != here.end() && (*listening)->inode < m.first) ++listening;
    if (listening != here.end() && (*listening)->inode == m.first) return false;
    changes.left.push_back(m.first);
    changes.foreign_left |= m.second.foreign();
    if (m.second.owner.has_value() && m.second.accept_queue > 0) {
      left_in_queues_[m.second.owner->worker] += m.second.accept_queue;
    }
    return true;
  });
  if (members_.size() < here.size()) {
    for (const os::ListenerInfo* l : here) {
      if (members_.contains(l->inode)) continue;
      members_[l->inode].placeholder = IsPlaceholder(l->inode);
      changes.news = true;
    }
  }
  // They have the same inodes now.
  auto it = members_.begin();
  for (const os::ListenerInfo* l : here) {
    GroupMember& member = it++->second;
    member.accept_queue = l->accept_queue;
    member.accept_limit = l->accept_limit;
    changes.news |= FindOwner(*l, owners, &member);
    if (member.owner.has_value()) {
      drops_ += l->drops - member.drops;  // right also if the kernel's 32 bits have run over
      member.drops = l->drops;
    }
  }
  if (!changes.left.empty() || changes.news) attached_.clear();
  return changes;
}

// Those of `here` that are in the same group as a worker's listener; the others are strays from now
// on. All, if they are in one group, or if none of them is a worker's.
GroupMembers::Listeners GroupMembers::TakeGroup(Listeners here, SocketOwners& owners) {
  const auto differ = [](const os::ListenerInfo* a, const os::ListenerInfo* b) {
    return a->v6only != b->v6only || a->device != b->device;
  };
  const bool mixed =
      std::any_of(here.begin(), here.end(), [&](const auto* l) { return differ(l, here.front()); });
  const auto ours = mixed ? std::find_if(here.begin(), here.end(),
                                         [&](const auto* l) { return IsOurs(*l, owners); })
                          : here.end();
  std::map<uint64_t, std::string> strays;
  if (ours != here.end()) {
    const os::ListenerInfo* const mine = *ours;
    std::erase_if(here, [&](const os::ListenerInfo* l) {
      if (!differ(l, mine)) return false;
      if (IsPlaceholder(l->inode)) return true;
      const auto known = strays_.find(l->inode);
      const bool fresh = known == strays_.end();
      std::string& text = strays[l->inode] = fresh ? StrayText(*l, *mine) : known->second;
      if (fresh) found_.push_back(text);
      return true;
    });
  }
  strays_ = std::move(strays);
  return here;
}

// A member whose owner is known, if there is one: a worker's listener stays in its group.
bool GroupMembers::IsOurs(const os::ListenerInfo& listener, SocketOwners& owners) const {
  const bool any_known = std::any_of(members_.begin(), members_.end(),
                                     [](const auto& m) { return m.second.owner.has_value(); });
  const auto member = members_.find(listener.inode);
  if (any_known) return member != members_.end() && member->second.owner.has_value();
  return owners.Of(listener.inode).has_value();
}

// A worker that has a listener here already is not likely to have another one.
SocketOwners GroupMembers::Owners() const {
  return SocketOwners(workers_, [this] {
    std::vector<WorkerId> known;
    for (const auto& [inode, member] : members_) {
      if (member.owner.has_value()) known.push_back(member.owner->worker);
    }
    std::ranges::sort(known);
    return known;
  });
}

std::vector<std::string> GroupMembers::Strays() const {
  std::vector<std::string> all;
  all.reserve(strays_.size());
  for (const auto& [inode, text] : strays_) all.push_back(text);
  return all;
}

// True if it was not known before.
bool GroupMembers::FindOwner(const os::ListenerInfo& listener, SocketOwners& owners,
                             GroupMember* member) {
  if (member->placeholder) return false;
  if (member->owner.has_value() || member->searches >= kOwnerSearches) return false;
  ++member->searches;
  member->owner = owners.Of(listener.inode);
  if (!member->owner.has_value() && member->searches == kForeignAfter) {
    found_.push_back(absl::StrCat(os::HolderOf(listener), " on ", listener.local.ToString()));
  }
  return member->owner.has_value();
}

void GroupMembers::ShutDownOrphans() const {
  NextFinder workers(workers_.all());
  for (const auto& [inode, member] : members_) {
    if (!member.owner.has_value() || workers.Find(member.owner->worker) != nullptr) continue;
    // A holder that cannot be reached now is tried again at the next look.
    (void)controller::ShutDown(inode);
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

uint32_t GroupMembers::LastAcceptQueue(WorkerId worker) const {
  const auto left = left_in_queues_.find(worker);
  return AcceptQueue(worker) + (left == left_in_queues_.end() ? 0 : left->second);
}

int GroupMembers::Foreign() const {
  return static_cast<int>(std::count_if(members_.begin(), members_.end(),
                                        [](const auto& m) { return m.second.foreign(); }));
}

bool GroupMembers::IsPlaceholder(uint64_t inode) const { return placeholders_.contains(inode); }

absl::Status GroupMembers::AddPlaceholder() {
  ASSIGN_OR_RETURN(Placeholder placeholder, Placeholder::Create(address_, owner_));
  placeholders_.emplace(placeholder.inode(), std::move(placeholder));
  return absl::OkStatus();
}

Placeholder GroupMembers::TakePlaceholder(uint64_t inode) {
  members_.erase(inode);
  attached_.clear();
  return std::move(placeholders_.extract(inode).mapped());
}

void GroupMembers::DismissPlaceholder(uint64_t inode) {
  placeholders_.extract(inode).mapped().Leave();
}

steering::MemberWeights GroupMembers::WeightsOf(const rollout::Weights& weights) const {
  steering::MemberWeights by_member;
  NextFinder finder(weights);
  for (const auto& [inode, member] : members_) {
    if (!member.owner.has_value()) continue;
    const uint32_t* const weight = finder.Find(member.owner->worker);
    if (weight != nullptr) by_member[inode] = *weight;
  }
  return by_member;
}

absl::Status GroupMembers::Attach(steering::Program program) {
  if (!attached_.empty() && steering::AreEqual(attached_, program)) return absl::OkStatus();
  absl::Status status = AttachThroughAny(program);
  attached_ = status.ok() ? std::move(program) : steering::Program();
  return status;
}

absl::Status GroupMembers::AttachThroughAny(const steering::Program& program) {
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
  const std::optional<SocketOwner> owner = Owners().In(member->owner->worker, inode);
  if (owner.has_value()) member->owner = owner;
  return owner.has_value();
}

absl::StatusOr<os::UniqueFd> GroupMembers::Duplicate(const SocketOwner& owner,
                                                     uint64_t inode) const {
  const WorkerProcess* worker = workers_.Find(owner.worker);
  if (worker == nullptr) return absl::NotFoundError("the worker is gone");
  os::UniqueFd descendant;
  int pidfd = worker->pidfd();
  if (owner.pid != worker->pid()) {
    ASSIGN_OR_RETURN(descendant, os::PidfdOpen(owner.pid));
    pidfd = descendant.get();
  }
  ASSIGN_OR_RETURN(os::UniqueFd listener, os::PidfdGetFd(pidfd, owner.fd));
  struct stat st {};
  if (fstat(listener.get(), &st) != 0 || st.st_ino != inode) {
    return absl::NotFoundError("the worker has moved its listener");
  }
  return listener;
}

absl::Status GroupMembers::AttachThrough(const SocketOwner& owner, uint64_t inode,
                                         const steering::Program& program) const {
  // Held only for this call: a duplicate would keep a closed listener in the group.
  ASSIGN_OR_RETURN(const os::UniqueFd listener, Duplicate(owner, inode));
  return os::AttachProgram(listener.get(), program);
}

void GroupMembers::ShutDown(WorkerId id) {
  for (auto& [inode, member] : members_) {
    if (member.worker() != id) continue;
    absl::StatusOr<os::UniqueFd> listener = Duplicate(*member.owner, inode);
    if (!listener.ok() && FindOwnerAgain(inode, &member)) {
      listener = Duplicate(*member.owner, inode);
    }
    // If it cannot be reached, its end closes it.
    if (listener.ok()) os::ShutdownListener(listener->get()).IgnoreError();
  }
}

// Members whose index is in doubt are searched first: reading /proc of a whole fleet takes
// milliseconds. If several of them are one worker's, it may be any of these: see Alike.
std::optional<uint64_t> GroupMembers::WhoAccepted(uint64_t connection,
                                                  const steering::GroupOrder& order, size_t index,
                                                  SocketOwners& owners) const {
  const std::optional<uint64_t> believed = order.At(index);
  if (believed.has_value() && MayHold(*believed, connection, owners)) return believed;
  std::optional<uint64_t> foreign;
  for (const auto& [inode, member] : members_) {
    if (order.IndexOf(inode).has_value()) continue;
    if (!member.owner.has_value()) foreign = inode;
    if (member.owner.has_value() && MayHold(inode, connection, owners)) return inode;
  }
  const std::optional<SocketOwner> owner = owners.Of(connection);
  if (!owner.has_value()) return foreign;
  for (const auto& [inode, member] : members_) {
    if (member.worker() == owner->worker) return inode;
  }
  return std::nullopt;
}

std::set<uint64_t> GroupMembers::Alike(uint64_t inode) const {
  std::set<uint64_t> alike;
  const std::optional<WorkerId> worker = members_.at(inode).worker();
  for (const auto& [other, member] : members_) {
    if (member.worker() == worker && !member.placeholder) alike.insert(other);
  }
  return alike;
}

// Whether this member's process holds the connection. The holders of a foreign one's are not known.
bool GroupMembers::MayHold(uint64_t inode, uint64_t connection, SocketOwners& owners) const {
  const auto member = members_.find(inode);
  if (member == members_.end()) return false;
  if (!member->second.owner.has_value()) return !owners.Of(connection).has_value();
  return owners.In(member->second.owner->worker, connection).has_value();
}

}  // namespace rollport::controller
