// Who may leave a group, and what has to stand where so that no worker moves by it: see
// steering/departure.h.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_PROSPECTS_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_PROSPECTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/instant.h"
#include "base/strong_int.h"
#include "controller/traffic/group_members.h"
#include "os/event_loop.h"
#include "rollout/state.h"
#include "steering/departure.h"
#include "steering/group_order.h"

namespace rollport::controller {

using Inodes = std::set<uint64_t>;

class Prospects {
 public:
  // Of the group that has these members in this order; all are borrowed.
  Prospects(os::EventLoop& loop, const GroupMembers& members, const steering::GroupOrder& order)
      : loop_(loop), members_(members), order_(order) {}

  // Their listeners may leave at any moment from now on; those of no other worker.
  void ExpectToLeave(const std::set<WorkerId>& workers) { leaving_ = workers; }
  // A foreign listener has left. It may come again.
  void NoteStrangerLeft() { stranger_left_ = loop_.Now(); }

  // Foreign listeners, which may leave unasked.
  Inodes Strangers() const;
  // The same, the listeners of workers that were told to leave, and placeholders that are `going`.
  Inodes MayLeave(const Inodes& going = {}) const;
  bool StrangersComeAndGo() const;
  // The weights to steer by if these may leave. nullopt if nobody would be left to serve. REQUIRES:
  // there is a weight for each member; so below.
  std::optional<std::vector<uint32_t>> SteadyWeights(std::span<const uint32_t> weights,
                                                     const Inodes& may_leave) const;
  // True if the hash, where one that leaves leaves an index to it, finds servers only.
  bool HashIsHarmless(std::span<const uint32_t> weights, const Inodes& may_leave) const;

  // How many placeholders are missing if these are the weights and placeholders that are `going`
  // are gone: for strangers, so that no worker moves that has a share or is probed; for workers
  // that leave, only if otherwise nobody could have a share.
  size_t MissingPlaceholders(const rollout::Weights& weights, const Inodes& going = {}) const;
  // Those behind every worker that stays: they are in no hole.
  Inodes PlaceholdersBehind() const;
  // One that is not `behind`: the one with the highest index, else one whose index is in doubt.
  // nullopt if nobody may take its place now: a worker is about to leave, or the last member, which
  // would move there, is or may be a stranger.
  std::optional<uint64_t> PlaceholderToRemove(const Inodes& behind) const;

 private:
  steering::Outlook OutlookIf(const Inodes& may_leave) const;
  std::vector<uint32_t> WeightsOfOurs() const;
  bool MayBeLast(const Inodes& some) const;

  os::EventLoop& loop_;
  const GroupMembers& members_;
  const steering::GroupOrder& order_;
  std::set<WorkerId> leaving_;
  std::optional<Instant> stranger_left_;  // when that was seen last
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_PROSPECTS_H_
