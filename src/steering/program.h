// A steering program, which the kernel runs for each new connection of a group to choose a member.
//
// It is classic BPF (Documentation/networking/filter.rst of the kernel). Its result is an index
// into the group; an index out of range means the kernel's hash over all members. No result means
// "no member".
#ifndef ROLLPORT_STEERING_PROGRAM_H_
#define ROLLPORT_STEERING_PROGRAM_H_

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rollport::steering {

using Program = std::vector<sock_filter>;
bool AreEqual(std::span<const sock_filter> a, std::span<const sock_filter> b);

enum class Family { kIpv4, kIpv6 };

// A larger group cannot be steered: beyond this there are no addressed probes over IPv6, and not
// far above the program outgrows the kernel's 4096 instructions.
inline constexpr size_t kMaxMembers = 1024;

// In the range of no group: the kernel's hash chooses.
inline constexpr uint32_t kByHash = 0xffffffff;

// One instruction per line, in the notation of the kernel's bpf_asm, with line numbers for jumps:
// "  2: jeq #0x7f53, 3, 6".
std::string ToText(std::span<const sock_filter> program);

}  // namespace rollport::steering

#endif  // ROLLPORT_STEERING_PROGRAM_H_
