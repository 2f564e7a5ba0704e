// From shares to a steering program.
#ifndef ROLLPORT_STEERING_COMPILE_H_
#define ROLLPORT_STEERING_COMPILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "steering/program.h"

namespace rollport::steering {

// A program that sends addressed probes to their index (steering/probe_address.h), and every other
// connection to index i with probability weights[i] / (sum of all weights). It draws a random
// number for each connection, so that the choices are independent. Shares are exact to 2^-32, and a
// weight above zero never becomes zero. An index of weight zero is dark: only probes reach it.
//
// Without a weight above zero this is CompileAddressOnly.
// `weights` has one entry for each member of the group, foreign ones included.
// REQUIRES: weights.size() <= kMaxMembers.
Program Compile(Family family, std::span<const uint32_t> weights);

// A program that sends addressed probes to their index, and leaves every other connection to the
// kernel's hash over all members, dark ones included. It is for a group whose order is in doubt.
// REQUIRES: members <= kMaxMembers.
Program CompileAddressOnly(Family family, size_t members);

// The upper ends of the intervals of [0, 2^32) that belong to each index: index i is chosen for as
// many random numbers, or one more or less, as are from thresholds[i-1] (0 for the first) up to
// thresholds[i]. The last one is 2^32. Consecutive indexes of one weight share their intervals.
// REQUIRES: at least one weight above zero.
std::vector<uint64_t> Thresholds(std::span<const uint32_t> weights);

}  // namespace rollport::steering

#endif  // ROLLPORT_STEERING_COMPILE_H_
