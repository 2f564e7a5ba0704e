// The parts of a message about one TCP socket over NETLINK_SOCK_DIAG: sock_diag(7).
#ifndef ROLLPORT_OS_INET_DIAG_MESSAGE_H_
#define ROLLPORT_OS_INET_DIAG_MESSAGE_H_

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rollport::os {

// The kernel's name for the socket, never used again.
inline uint64_t CookieOf(const inet_diag_msg& m) {
  return uint64_t{m.id.idiag_cookie[1]} << 32 | m.id.idiag_cookie[0];
}

// The value of an attribute (INET_DIAG_INFO, …) of the message that `header` begins; empty if it
// has none. REQUIRES: the message holds an inet_diag_msg.
inline std::string_view DiagAttribute(const nlmsghdr* header, int type) {
  auto left = static_cast<int>(header->nlmsg_len - NLMSG_LENGTH(sizeof(inet_diag_msg)));
  const auto* attribute = reinterpret_cast<const rtattr*>(
      static_cast<const char*>(NLMSG_DATA(header)) + NLMSG_ALIGN(sizeof(inet_diag_msg)));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == type) {
      return {static_cast<const char*>(RTA_DATA(attribute)), RTA_PAYLOAD(attribute)};
    }
  }
  return {};
}

// Where struct tcp_info, the value of INET_DIAG_INFO, has these counters of 8 bytes. Its header,
// <linux/tcp.h>, cannot be included beside <netinet/tcp.h>. What was sent again counts again.
inline constexpr size_t kTcpBytesAcked = 120;
inline constexpr size_t kTcpBytesReceived = 128;
inline constexpr size_t kTcpBytesSent = 200;           // since Linux 4.19
inline constexpr size_t kTcpBytesRetransmitted = 208;  // since Linux 4.19
inline constexpr size_t kTcpInfoSize = 216;            // with these members

// REQUIRES: tcp_info.size() >= kTcpInfoSize.
inline uint64_t TcpCounter(std::string_view tcp_info, size_t offset) {
  uint64_t value = 0;
  std::memcpy(&value, tcp_info.data() + offset, sizeof value);
  return value;
}

// Whether the peer has sent data after the last that it was sent, as far as the kernel's clock
// tells, which has steps of up to 10 ms. A FIN of the peer counts as one byte that was received.
// False if the kernel does not say.
inline bool IsUnanswered(std::string_view tcp_info) {
  if (tcp_info.size() < kTcpInfoSize || TcpCounter(tcp_info, kTcpBytesReceived) <= 1) return false;
  if (TcpCounter(tcp_info, kTcpBytesSent) == 0) return true;
  // tcpi_last_data_sent and tcpi_last_data_recv: milliseconds ago.
  uint32_t sent = 0, received = 0;
  std::memcpy(&sent, tcp_info.data() + 44, sizeof sent);
  std::memcpy(&received, tcp_info.data() + 52, sizeof received);
  return sent > received;
}

}  // namespace rollport::os

#endif  // ROLLPORT_OS_INET_DIAG_MESSAGE_H_
