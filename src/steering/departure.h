// What a program may do while members are about to leave their group.
//
// When a member leaves, the last one moves into its index, and the last index is out of range until
// the program is swapped: the kernel's hash then serves it, over all members, dark and foreign ones
// too (see group_order.h). So before a member leaves, nobody who may move has a share.
#ifndef ROLLPORT_STEERING_DEPARTURE_H_
#define ROLLPORT_STEERING_DEPARTURE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rollport::steering {

// The weights to steer by while `leaving` members may leave at any moment, in any order. They have
// no weight themselves. The last `leaving` indexes have none in the result; those before them never
// move, and so get all connections.
//
// `weights` themselves if that is of no use, because one member leaves and all others have a
// weight, so that the hash may choose any; or if it cannot be, because no member before the last
// ones has a weight.
std::vector<uint32_t> WeightsWhileLeaving(std::span<const uint32_t> weights, size_t leaving);

// True if the kernel's hash may give a connection to a member without a weight while `leaving`
// members leave one after another, and perhaps `strangers` more, because one of the last members,
// which then moves or has moved, has a weight. The strangers, which have no weight, may as well
// stay or come again.
bool IsExposed(std::span<const uint32_t> weights, size_t leaving, size_t strangers = 0);

// True if the members at the indexes `left` have left, and a program with these weights, which has
// been attached all the time, has made no other choice because of that: each connection has come to
// a member that has a weight.
bool StaysTrue(std::span<const uint32_t> weights, std::span<const size_t> left);

}  // namespace rollport::steering

#endif  // ROLLPORT_STEERING_DEPARTURE_H_
