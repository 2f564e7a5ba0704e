#include "controller/traffic/group.h"

#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "os/pidfd.h"
#include "os/proc.h"
#include "os/reuseport.h"
#include "os/socket.h"
#include "steering/compile.h"
#include "steering/probe_address.h"

namespace rollport::controller {
namespace {

// A worker accepts within this, or the proof is tried again.
constexpr absl::Duration kProofTimeout = absl::Milliseconds(500);
constexpr absl::Duration kProofPause = absl::Milliseconds(50);
constexpr int kOwnerSearches = 20;
// A program that is there proves an order in some milliseconds.
constexpr absl::Duration kFormerProgramPatience = absl::Seconds(1);

}  // namespace

Group::Group(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers,
             os::SocketAddress address)
    : loop_(loop),
      diag_(diag),
      workers_(workers),
      address_(address),
      prove_again_(loop, [this] { Prove(); }),
      give_up_(loop, [this] {
        former_program_ = false;
        Attach();
        Prove();
      }) {}

os::SocketAddress Group::ProbeServer() const {
  if (!address_.IsWildcard()) return address_;
  if (address_.family() == AF_INET) {
    const in_addr loopback{htonl(INADDR_LOOPBACK)};
    return os::SocketAddress::FromBytes(AF_INET, &loopback, address_.port());
  }
  return os::SocketAddress::FromBytes(AF_INET6, &in6addr_loopback, address_.port());
}

steering::Family Group::Family() const {
  return address_.family() == AF_INET ? steering::Family::kIpv4 : steering::Family::kIpv6;
}

absl::StatusOr<bool> Group::Refresh() {
  ASSIGN_OR_RETURN(std::vector<os::ListenerInfo> listeners,
                   diag_.DumpListeners(address_.family(), address_.port()));
  std::erase_if(listeners, [this](const os::ListenerInfo& l) { return l.local != address_; });
  std::set<uint64_t> now;
  for (const os::ListenerInfo& l : listeners) now.insert(l.inode);

  const size_t left =
      std::erase_if(members_, [&](const auto& m) { return !now.contains(m.first); });
  const bool changed = AddNew(listeners) || left > 0;
  if (changed) {
    // Until the program is swapped, an index of a member that moved falls back to the hash.
    ++changes_;
    if (left > 0) ++lapses_;
    order_.Observe(std::vector<steering::Member>(now.begin(), now.end()));
    Attach();
    Prove();
  }
  EvictOrphans();
  return changed;
}

bool Group::AddNew(const std::vector<os::ListenerInfo>& listeners) {
  bool news = false;
  for (const os::ListenerInfo& l : listeners) {
    auto [it, fresh] = members_.try_emplace(l.inode);
    GroupMember& member = it->second;
    member.accept_queue = l.accept_queue;
    member.accept_limit = l.accept_limit;
    news |= fresh;
    // /proc is read while processes change: who is not found at once is looked for some more times.
    if (member.owner.has_value() || member.searches >= kOwnerSearches) continue;
    ++member.searches;
    member.owner = workers_.OwnerOf(l.inode);
    news |= member.owner.has_value();
  }
  return news;
}

void Group::EvictOrphans() {
  for (const auto& [inode, member] : members_) {
    if (!member.owner.has_value() || workers_.Find(member.owner->worker) != nullptr) continue;
    for (const pid_t holder : os::SocketHolders(inode)) {
      const absl::StatusOr<os::UniqueFd> pidfd = os::PidfdOpen(holder);
      const absl::StatusOr<std::optional<int>> number = os::FindSocketFd(holder, inode);
      if (!pidfd.ok() || !number.ok() || !number->has_value()) continue;
      const absl::StatusOr<os::UniqueFd> listener = os::PidfdGetFd(pidfd->get(), **number);
      if (listener.ok() && os::ShutdownListener(listener->get()).ok()) break;
    }
  }
}

bool Group::Has(WorkerId worker) const {
  return std::any_of(members_.begin(), members_.end(),
                     [worker](const auto& m) { return m.second.worker() == worker; });
}

uint32_t Group::AcceptQueue(WorkerId worker) const {
  uint32_t sum = 0;
  for (const auto& [inode, member] : members_) {
    if (member.worker() == worker) sum += member.accept_queue;
  }
  return sum;
}

int Group::Foreign() const {
  return static_cast<int>(std::count_if(members_.begin(), members_.end(),
                                        [](const auto& m) { return !m.second.owner.has_value(); }));
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
  Prove();
}

void Group::Attach() {
  steered_ = members_.empty();  // nobody who could get what is not his
  if (steered_) return;
  std::map<steering::Member, uint32_t> weights;
  for (const auto& [inode, member] : members_) {
    if (!member.owner.has_value()) continue;
    if (const auto it = weights_.find(member.owner->worker); it != weights_.end()) {
      weights[inode] = it->second;
    }
  }
  const std::optional<std::vector<uint32_t>> by_index = order_.WeightsByIndex(weights);
  const bool known = by_index.has_value() && members_.size() <= steering::kMaxMembers;
  if (KeepsFormerProgram(by_index.has_value())) return;
  const absl::Status status = AttachThroughAnyMember(
      known ? steering::Compile(Family(), *by_index)
            : steering::CompileAddressOnly(Family(),
                                           std::min(members_.size(), steering::kMaxMembers)));
  trouble_ = status.ok() ? "" : std::string(status.message());
  steered_ = status.ok() && known;
  if (!steered_) ++lapses_;
}

// True while nothing better can be attached than what an earlier controller has.
bool Group::KeepsFormerProgram(bool order_known) {
  if (!former_program_) return false;
  if (order_known && !weights_.empty()) {
    former_program_ = false;
    give_up_.Cancel();
    return false;
  }
  ++lapses_;  // it may give a share to somebody who is to have none
  return true;
}

absl::Status Group::AttachThroughAnyMember(const steering::Program& program) {
  absl::Status status =
      absl::NotFoundError(absl::StrCat("no worker of ours listens on ", address_.ToString()));
  for (auto& [inode, member] : members_) {
    if (!member.owner.has_value()) continue;
    status = AttachThrough(*member.owner, inode, program);
    if (!status.ok() && FindAgain(inode, &member)) {
      status = AttachThrough(*member.owner, inode, program);
    }
    if (status.ok()) break;
  }
  return status;
}

// A program may give the listener that it was passed another number, or leave it to its children.
bool Group::FindAgain(uint64_t inode, GroupMember* member) {
  const WorkerProcess* worker = workers_.Find(member->owner->worker);
  if (worker == nullptr) return false;
  const std::optional<SocketOwner> owner = workers_.OwnerIn(*worker, inode);
  if (owner.has_value()) member->owner = owner;
  return owner.has_value();
}

absl::Status Group::AttachThrough(const SocketOwner& owner, uint64_t inode,
                                  const steering::Program& program) {
  WorkerProcess* worker = workers_.Find(owner.worker);
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

// --- Proving the order -------------------------------------------------------------------------

os::SocketAddress Group::SourceFor(size_t index) {
  if (address_.family() == AF_INET) {
    return os::SocketAddress::FromBytes(AF_INET, steering::ProbeHost(index).data(), 0);
  }
  return ProbeServer().with_port(steering::ProbePort(index, probe_turn_++));
}

std::optional<os::SocketAddress> Group::ProbeSource(WorkerId worker) {
  if (!trouble_.empty()) return std::nullopt;
  for (const auto& [inode, member] : members_) {
    if (member.worker() != worker) continue;
    if (const std::optional<size_t> index = order_.IndexOf(inode)) return SourceFor(*index);
  }
  return std::nullopt;
}

void Group::Prove() {
  prove_again_.Cancel();
  if (order_.certain() || !trouble_.empty()) return;
  for (const size_t index : order_.IndexesInDoubt()) {
    if (index < steering::kMaxMembers && !proofs_.contains(index)) ProveIndex(index);
  }
}

void Group::ProveIndex(size_t index) {
  ProbeSpec spec{.server = ProbeServer(), .source = SourceFor(index), .timeout = kProofTimeout};
  auto reached = std::make_shared<uint64_t>(0);
  spec.is_wanted = [reached](uint64_t inode) {
    *reached = inode;
    return true;
  };
  proofs_[index] = std::make_unique<Probe>(
      loop_, diag_, std::move(spec),
      [this, index, asked = changes_, reached](ProbeVerdict verdict, const std::string&) {
        const std::unique_ptr<Probe> done = std::move(proofs_[index]);
        proofs_.erase(index);
        // What was asked of a group that has changed since proves nothing.
        if (verdict == ProbeVerdict::kGood && asked == changes_) {
          NoteProof(index, *reached);
        }
        if (!order_.certain() && proofs_.empty()) prove_again_.After(kProofPause);
      });
}

void Group::NoteProof(size_t index, uint64_t connection) {
  if (index >= order_.size() || order_.At(index).has_value()) return;
  const std::optional<uint64_t> member = WhoAccepted(connection);
  if (!member.has_value()) return;
  order_.Prove(index, *member);
  Attach();
}

// Looked for among those whose place is in doubt: it can be nobody else's, and to read /proc of a
// whole fleet takes milliseconds. Among several members of one worker it does not matter which is
// which: their weight is one.
std::optional<uint64_t> Group::WhoAccepted(uint64_t connection) {
  std::optional<uint64_t> foreign;
  for (const auto& [inode, member] : members_) {
    if (order_.IndexOf(inode).has_value()) continue;
    if (!member.owner.has_value()) foreign = inode;
    const WorkerProcess* worker =
        member.owner.has_value() ? workers_.Find(member.owner->worker) : nullptr;
    if (worker != nullptr && workers_.OwnerIn(*worker, connection).has_value()) return inode;
  }
  const bool ours = !foreign.has_value() || workers_.OwnerOf(connection).has_value();
  return ours ? std::nullopt : foreign;
}

}  // namespace rollport::controller
