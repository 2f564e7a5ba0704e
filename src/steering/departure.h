// What a program may do while members may leave their group.
//
// When a member leaves, the last one moves into its index, and the last index is out of range until
// the program is swapped: the kernel's hash then serves it, over all members, dark and foreign ones
// too (see group_order.h).
//
// Only the last member moves. So a member keeps its index if as many members that stay stand behind
// it as there are before it that may leave: each time one of those behind it moves. A member that
// comes unseen does not change that: it stands behind, and if it moves into a hole and leaves from
// there, that is as if the one that made the hole had left later.
#ifndef ROLLPORT_STEERING_DEPARTURE_H_
#define ROLLPORT_STEERING_DEPARTURE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rollport::steering {

// What is known of the member at an index.
enum class Stay : uint8_t { kStays, kMayLeave, kInDoubt };

// The members of a group by index, as far as they may leave at any moment, in any order.
struct Outlook {
  std::vector<Stay> members;
  // Of those whose index is in doubt, how many may leave.
  size_t may_leave_in_doubt = 0;
};

// How many more members that stay would have to stand behind the last one with a weight, so that
// every member with a weight keeps its index, whichever member leaves. REQUIRES: `outlook` has as
// many members as there are weights; so below.
size_t MissingBehind(std::span<const uint32_t> weights, const Outlook& outlook);

// The weights to steer by: without those of as many of the last members as are needed so that none
// is missing behind the others. The rest gets all connections. All zero if that cannot be.
std::vector<uint32_t> SteadyWeights(std::span<const uint32_t> weights, const Outlook& outlook);

bool NobodyHasAShare(std::span<const uint32_t> weights);

// True if one member may leave, and all others have a weight: the hash may choose any.
bool OnlyOneIsDark(std::span<const uint32_t> weights, const Outlook& outlook);

// True if the members at the indexes `left` have left, and a program with these weights, which has
// been attached all the time, has made no other choice because of that: each connection has come to
// a member that has a weight.
bool StaysTrue(std::span<const uint32_t> weights, std::span<const size_t> left);

}  // namespace rollport::steering

#endif  // ROLLPORT_STEERING_DEPARTURE_H_
