#include "os/closed_connections.h"

#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/errno_status.h"
#include "os/inet_diag_message.h"
#include "os/socket_filter.h"

namespace rollport::os {
namespace {

using Ending = ClosedConnection::Ending;

constexpr char kGroups[] = "NETLINK_SOCK_DIAG";
// A message of one connection has some 400 bytes.
constexpr size_t kDatagram = 8 << 10;
constexpr int kMostDatagrams = 4096;
// What the kernel may keep for us; it takes at most net.core.rmem_max.
constexpr int kBacklog = 4 << 20;
// A jump of a classic BPF program reaches this far.
constexpr size_t kMostPorts = 200;

// By the state in which net/ipv4/tcp.c leaves a connection:
// - Its FIN takes one number of the sequence. So it was acknowledged if one byte more was
//   acknowledged than was sent, because the SYN of an accepted connection is not in these counters.
// - tcp_close() resets a connection with unread data, and tcp_disconnect(), which SO_LINGER with
//   time 0 leads to, forgets the peer's port.
// - A FIN of the peer alone counts as one unread byte.
Ending EndingOf(const inet_diag_msg& m, std::string_view tcp_info) {
  if (tcp_info.size() < kTcpInfoSize) return Ending::kUnknown;
  const uint64_t sent =
      TcpCounter(tcp_info, kTcpBytesSent) - TcpCounter(tcp_info, kTcpBytesRetransmitted);
  if (TcpCounter(tcp_info, kTcpBytesAcked) == sent + 1) {
    return IsUnanswered(tcp_info) ? Ending::kUnanswered : Ending::kOrderly;
  }
  if (m.id.idiag_dport == 0 || m.idiag_rqueue > 1) return Ending::kReset;
  return Ending::kLost;
}

// Passes messages about these ports only, so that no other program's connections fill the queue.
absl::Status FilterPorts(int fd, const std::vector<uint16_t>& ports) {
  if (ports.size() > kMostPorts) return absl::OkStatus();
  constexpr auto kPort = static_cast<uint32_t>(NLMSG_HDRLEN + offsetof(inet_diag_msg, id) +
                                               offsetof(inet_diag_sockid, idiag_sport));
  std::vector<sock_filter> program = {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kPort)};
  for (size_t i = 0; i < ports.size(); ++i) {
    const auto to_the_end = static_cast<uint8_t>(ports.size() - i);
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ports[i], to_the_end, 0));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, 0xffffffff));
  return AttachFilter(fd, program);
}

}  // namespace

absl::StatusOr<ClosedConnections> ClosedConnections::ListenFor(const std::vector<uint16_t>& ports) {
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
  if (!fd.valid()) return ErrnoStatus(errno, absl::StrCat("socket ", kGroups));
  RETURN_IF_ERROR(FilterPorts(fd.get(), ports));
  // The kernel chooses the address. A socket without one is passed over by its broadcasts.
  const sockaddr_nl any = {.nl_family = AF_NETLINK};
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) {
    return ErrnoStatus(errno, absl::StrCat("bind ", kGroups));
  }
  // The second works without privilege, but with less. What is too little is seen as it overflows.
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kBacklog, sizeof kBacklog) != 0) {
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kBacklog, sizeof kBacklog);
  }
  for (const int group : {SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY}) {
    if (setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
      return ErrnoStatus(errno, absl::StrCat("setsockopt NETLINK_ADD_MEMBERSHIP of ", kGroups));
    }
  }
  return ClosedConnections(std::move(fd));
}

absl::StatusOr<std::vector<ClosedConnection>> ClosedConnections::Read() {
  std::vector<ClosedConnection> closed;
  std::array<char, kDatagram> buffer;
  for (int i = 0; i < kMostDatagrams; ++i) {
    sockaddr_nl from = {};
    socklen_t from_size = sizeof from;
    const ssize_t n = recvfrom(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                               reinterpret_cast<sockaddr*>(&from), &from_size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n < 0 && errno == ENOBUFS) {
      return absl::UnavailableError(absl::StrCat(kGroups, ": ends of connections were dropped"));
    }
    if (n < 0) return ErrnoStatus(errno, absl::StrCat("recv ", kGroups));
    // Only the kernel has the port 0.
    if (from.nl_pid != 0) continue;
    ParseClosedConnections({buffer.data(), static_cast<size_t>(n)}, &closed);
  }
  return closed;
}

void ParseClosedConnections(std::string_view datagram, std::vector<ClosedConnection>* out) {
  auto left = static_cast<unsigned>(datagram.size());
  for (const auto* h = reinterpret_cast<const nlmsghdr*>(datagram.data()); NLMSG_OK(h, left);
       h = NLMSG_NEXT(h, left)) {
    if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
        h->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) {
      continue;
    }
    const auto& m = *static_cast<const inet_diag_msg*>(NLMSG_DATA(h));
    out->push_back(
        {.cookie = CookieOf(m), .ending = EndingOf(m, DiagAttribute(h, INET_DIAG_INFO))});
  }
}

}  // namespace rollport::os
