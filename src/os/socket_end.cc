#include "os/socket_end.h"

#include <linux/filter.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <array>

#include "os/socket_filter.h"

namespace rollport::os {
namespace {

// A filter of a TCP socket sees a packet from the TCP header on (tcp_filter in
// net/ipv4/tcp_ipv4.c).
constexpr uint32_t kDataOffsetByte = 12;  // in its upper half the header's length, in words
constexpr uint32_t kFlagsByte = 13;
constexpr uint32_t kFin = 1;

// Not to shorten the packet instead: the FIN behind the bytes would then be out of place.
constexpr std::array<sock_filter, 10> kOnlyAcknowledgements = {{
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsByte),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kFin, 7, 0),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kDataOffsetByte),
    BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
    BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 2),
    BPF_STMT(BPF_MISC | BPF_TAX, 0),
    BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    BPF_STMT(BPF_RET | BPF_K, 0),
}};

}  // namespace

uint64_t Unacknowledged(int fd) {
  int bytes = 0;
  return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<uint64_t>(bytes) : 0;
}

absl::Status DropArrivals(int fd) { return AttachFilter(fd, kOnlyAcknowledgements); }

}  // namespace rollport::os
