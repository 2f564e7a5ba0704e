// Who has which index in a SO_REUSEPORT group, as far as we can know it.
//
// The kernel appends a member when it listens, and moves the last member into the hole when one
// leaves (reuseport_add_sock and __reuseport_detach_sock in net/core/sock_reuseport.c). It tells
// nobody the order. So it is derived from the changes we see, and where these do not settle it,
// some members have no known index until an addressed probe proves one.
//
// A copyable, comparable value.
#ifndef ROLLPORT_STEERING_GROUP_ORDER_H_
#define ROLLPORT_STEERING_GROUP_ORDER_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace rollport::steering {

// A listening socket, ours or foreign: its inode or its sock_diag cookie, always the same kind. A
// socket that stops listening and listens again is not seen to have changed its place.
using Member = uint64_t;

class GroupOrder {
 public:
  // An empty group: nothing is in doubt.
  GroupOrder() = default;
  // A group that was there before us.
  static GroupOrder InDoubt(std::span<const Member> members);

  // One member has listened, or has left: the only change since the last one told.
  // REQUIRES: it was not in the group, or was.
  void Join(Member member);
  void Leave(Member member);

  // These are the members now, in whatever order; changes since the last call may have been many.
  // One visible difference settles itself, also if others have come and gone unseen meanwhile. With
  // more, those keep their index whom no order of the changes can have moved.
  void Observe(std::span<const Member> listening);

  // An addressed probe to `index` has reached `member`. False where that contradicts what was
  // believed: then all else is in doubt.
  bool Prove(size_t index, Member member);
  // Nothing that was believed holds any more but who the members are.
  void Doubt();

  bool certain() const { return unplaced_.empty(); }
  size_t size() const { return slots_.size(); }
  bool contains(Member member) const;
  // nullopt where it is in doubt or the member is not there.
  std::optional<size_t> IndexOf(Member member) const;
  // nullopt where it is in doubt. REQUIRES: index < size().
  std::optional<Member> At(size_t index) const { return slots_[index]; }
  // The indexes to probe until certain: all but one of them are enough.
  std::vector<size_t> IndexesInDoubt() const;
  std::vector<Member> members() const;

  // For Compile(): the weight of every index, zero for a member that `weights` does not name.
  // nullopt where a member with a weight above zero has no known index, or is not in the group.
  std::optional<std::vector<uint32_t>> WeightsByIndex(
      const std::map<Member, uint32_t>& weights) const;

  friend auto operator<=>(const GroupOrder&, const GroupOrder&) = default;

 private:
  void Place(size_t index, Member member);
  // Where only one is left to place, there is only one place for it.
  void Settle();

  // By index; the empty ones hold the members of unplaced_, in an order not known. There are never
  // exactly one: Settle().
  std::vector<std::optional<Member>> slots_;
  std::set<Member> unplaced_;
};

}  // namespace rollport::steering

#endif  // ROLLPORT_STEERING_GROUP_ORDER_H_
