// The parts of a message about one TCP socket over NETLINK_SOCK_DIAG: sock_diag(7).
#ifndef ROLLPORT_OS_INET_DIAG_MESSAGE_H_
#define ROLLPORT_OS_INET_DIAG_MESSAGE_H_

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstdint>
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

}  // namespace rollport::os

#endif  // ROLLPORT_OS_INET_DIAG_MESSAGE_H_
