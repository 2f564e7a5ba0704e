// The listeners in one address's SO_REUSEPORT group, and the worker that each belongs to.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_GROUP_MEMBERS_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_GROUP_MEMBERS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/sorted_map.h"
#include "base/strong_int.h"
#include "controller/process/socket_owners.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/placeholder.h"
#include "os/address.h"
#include "os/process_settings.h"
#include "os/sock_diag.h"
#include "rollout/state.h"
#include "steering/group_order.h"
#include "steering/program.h"

namespace rollport::controller {

struct GroupMember {
  std::optional<SocketOwner> owner;  // nullopt: a foreign listener, or a placeholder
  bool placeholder = false;          // also after it was dismissed
  uint32_t accept_queue = 0;
  uint32_t accept_limit = 0;
  uint32_t drops = 0;  // ListenerInfo::drops, as far as drops() of the group has counted them
  int searches = 0;    // for the owner, in vain

  bool foreign() const { return !owner.has_value() && !placeholder; }
  // nullopt: not one of our workers.
  std::optional<WorkerId> worker() const {
    return owner.has_value() ? std::optional(owner->worker) : std::nullopt;
  }
};

class GroupMembers {
 public:
  // Of the group of `address`, in which `owner` listens, if the workers run as another user;
  // `workers` is borrowed.
  GroupMembers(WorkerTable& workers, const os::SocketAddress& address,
               const std::optional<os::Credentials>& owner = std::nullopt)
      : workers_(workers), address_(address), owner_(owner) {}

  struct Changes {
    std::vector<uint64_t> left;
    bool foreign_left = false;  // one of those that have left was foreign
    bool news = false;          // a member has come, or the owner of one was found
  };
  // `listeners` are all that the kernel lists now; those of other addresses are passed over. If
  // those of this address are in several groups, the one that has a worker of ours is this group,
  // and the others are strays. The
  // owner of a new one is looked for in /proc, and again at some later calls if it is not found at
  // once: processes change while /proc is read.
  Changes Update(const std::vector<os::ListenerInfo>& listeners);
  // Shuts down every listener whose worker has ended, because a child that the worker left behind
  // still holds it: it would swallow connections.
  void ShutDownOrphans() const;

  // Shuts down the worker's listeners.
  void ShutDown(WorkerId worker);

  // By inode.
  const SortedMap<uint64_t, GroupMember>& all() const { return members_; }
  std::vector<steering::Member> inodes() const;
  bool Has(WorkerId worker) const;
  uint32_t AcceptQueue(WorkerId worker) const;
  // The same; and of listeners of the worker that have left, as it was seen last before that. Known
  // until the worker is out of the table of workers.
  uint32_t LastAcceptQueue(WorkerId worker) const;
  int Foreign() const;
  // What the kernel has dropped at our workers' listeners (ListenerInfo::drops), those that have
  // left included; of a listener that has left, as it was last seen.
  uint64_t drops() const { return drops_; }
  // One more placeholder joins the group; the next Update shows it. It is not foreign.
  absl::Status AddPlaceholder();
  size_t placeholders() const { return placeholders_.size(); }
  // False if it was dismissed.
  bool IsPlaceholder(uint64_t inode) const;
  // The placeholder is no member from now on, but stays in the kernel's group until it is told to
  // leave. REQUIRES: it is one.
  Placeholder TakePlaceholder(uint64_t inode);
  // The placeholder leaves; the next Update shows it. REQUIRES: it is one.
  void DismissPlaceholder(uint64_t inode);
  // For people: listeners on this address that are in another group of the kernel's, which may get
  // every connection: "nc (process 812, user 33) on [::]:80, which is not IPv6-only".
  std::vector<std::string> Strays() const;
  // Foreign and stray listeners that were found since the last call, for people: "nc (process 812,
  // user 33) on 0.0.0.0:80". A listener is foreign if its owner was looked for in vain some times.
  std::vector<std::string> TakeFound() { return std::exchange(found_, {}); }
  // The weight of each member whose worker `weights` names.
  steering::MemberWeights WeightsOf(const rollout::Weights& weights) const;

  // Attaches the program through the listener of any of our workers, if it is not the one that was
  // attached last to the same members. kNotFound if there is none.
  absl::Status Attach(steering::Program program);
  // The member whose process holds this accepted connection (an inode), which was a probe of
  // `index`: the one that `order` has there if that may be, else one that it does not place, else
  // any other. nullopt if that cannot be told.
  std::optional<uint64_t> WhoAccepted(uint64_t connection, const steering::GroupOrder& order,
                                      size_t index, SocketOwners& owners) const;
  // For WhoAccepted. Borrows this object.
  SocketOwners Owners() const;
  // The members that are held by the same worker as this one, itself among them; of a foreign one
  // all foreign ones, whose holders are not known. REQUIRES: it is a member.
  std::set<uint64_t> Alike(uint64_t inode) const;

 private:
  using Listeners = std::vector<const os::ListenerInfo*>;
  Listeners TakeGroup(Listeners here, SocketOwners& owners);
  bool IsOurs(const os::ListenerInfo& listener, SocketOwners& owners) const;
  bool MayHold(uint64_t inode, uint64_t connection, SocketOwners& owners) const;
  bool FindOwner(const os::ListenerInfo& listener, SocketOwners& owners, GroupMember* member);
  bool FindOwnerAgain(uint64_t inode, GroupMember* member) const;
  absl::StatusOr<os::UniqueFd> Duplicate(const SocketOwner& owner, uint64_t inode) const;
  absl::Status AttachThroughAny(const steering::Program& program);
  absl::Status AttachThrough(const SocketOwner& owner, uint64_t inode,
                             const steering::Program& program) const;

  WorkerTable& workers_;
  const os::SocketAddress address_;
  const std::optional<os::Credentials> owner_;
  SortedMap<uint64_t, GroupMember> members_;
  uint64_t drops_ = 0;
  std::map<uint64_t, std::string> strays_;  // by inode
  std::vector<std::string> found_;
  std::map<WorkerId, uint32_t> left_in_queues_;
  std::map<uint64_t, Placeholder> placeholders_;  // by inode
  steering::Program attached_;  // empty if it may be another one: the members have changed
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_GROUP_MEMBERS_H_
