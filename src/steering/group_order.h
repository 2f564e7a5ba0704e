// Which member has which index in a SO_REUSEPORT group, as far as it can be known.
//
// The kernel appends a member when it listens, and moves the last member into the gap when one
// leaves (reuseport_add_sock and __reuseport_detach_sock in net/core/sock_reuseport.c). It does not
// tell the order. So the order is derived from the changes that are seen. If these leave it open,
// some members have no known index until an addressed probe proves it.
//
// A probe shows which process has accepted it, and not by which of its listeners. So the order of
// members that are alike, because one process holds them, may be known up to an exchange among
// them. That is as good while all stay, because they have one weight. When one of them leaves, it
// is not known where the gap is: then they are all in doubt.
//
// A copyable, comparable value.
#ifndef ROLLPORT_STEERING_GROUP_ORDER_H_
#define ROLLPORT_STEERING_GROUP_ORDER_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/sorted_map.h"

namespace rollport::steering {

// A listening socket, ours or foreign: its inode or its sock_diag cookie, the same kind for all. If
// a socket stops listening and listens again, its change of place is not seen.
using Member = uint64_t;
using MemberWeights = SortedMap<Member, uint32_t>;

class GroupOrder {
 public:
  // An empty group: nothing is in doubt.
  GroupOrder() = default;
  // A group that was there before it was first observed.
  static GroupOrder InDoubt(std::span<const Member> members);

  // One member has begun to listen, or has left: the only change since the last call.
  // REQUIRES: it was not in the group (Join), or was (Leave).
  void Join(Member member);
  void Leave(Member member);

  // These are the members now, in any order; there may have been many changes since the last call.
  // One visible change leaves no doubt, even if others came and went unseen. After several, a
  // member keeps its index only if no ordering of the changes could have moved it.
  void Observe(std::span<const Member> listening);

  // An addressed probe to `index` has reached `member`, or any other one of `alike` that was in
  // doubt too: nobody can tell these apart. False if that contradicts what was believed: then every
  // other index is in doubt.
  bool Prove(size_t index, Member member, const std::set<Member>& alike = {});
  // Every index is in doubt; only the set of members is still believed.
  void Doubt();

  bool certain() const { return unplaced_.empty(); }
  size_t size() const { return slots_.size(); }
  bool contains(Member member) const;
  // nullopt if it is in doubt, or if the member is not there. Of one that is alike to others it may
  // be the index of another one.
  std::optional<size_t> IndexOf(Member member) const;
  // nullopt if it is in doubt. REQUIRES: index < size().
  std::optional<Member> At(size_t index) const { return slots_[index]; }
  // The indexes to probe until the order is certain; all but one of them are enough.
  std::vector<size_t> IndexesInDoubt() const;
  std::vector<Member> members() const;

  // For Compile(): the weight of each index, zero for a member that `weights` does not name.
  // nullopt if a member with a weight above zero has no known index or is not in the group.
  std::optional<std::vector<uint32_t>> WeightsByIndex(const MemberWeights& weights) const;

  friend auto operator<=>(const GroupOrder&, const GroupOrder&) = default;

 private:
  void Place(size_t index, Member member);
  void DoubtAlike(Member leaver);
  // A single member without an index has the only free one.
  void Settle();

  // By index. The empty ones belong to the members of unplaced_, in an unknown order; there is
  // never exactly one (Settle).
  std::vector<std::optional<Member>> slots_;
  std::set<Member> unplaced_;
  // The members whose indexes are known up to an exchange, each set for itself.
  std::set<std::set<Member>> alike_;
};

}  // namespace rollport::steering

#endif  // ROLLPORT_STEERING_GROUP_ORDER_H_
