// A steering program: what the kernel runs for every new connection of a group, to choose a member.
//
// Classic BPF (Documentation/networking/filter.rst of the kernel). The program's result is an index
// into the group; one that is out of range means the kernel's hash over all members. There is no
// result that means "nobody".
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

enum class Family { kIpv4, kIpv6 };

// A group of more members cannot be steered: beyond it there is no addressed probe over IPv6, and
// the program outgrows the kernel's 4096 instructions not far above.
inline constexpr size_t kMaxMembers = 1024;

// In range of no group: the kernel's hash chooses.
inline constexpr uint32_t kByHash = 0xffffffff;

// One instruction a line, as the kernel's bpf_asm writes them, jumps as line numbers:
// "  2: jeq #0x7f53, 3, 6".
std::string ToText(std::span<const sock_filter> program);

}  // namespace rollport::steering

#endif  // ROLLPORT_STEERING_PROGRAM_H_
