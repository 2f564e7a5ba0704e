// A listener on an address of ours that is in another group of the kernel's.
#ifndef ROLLPORT_TESTS_SUPPORT_LISTEN_ELSEWHERE_H_
#define ROLLPORT_TESTS_SUPPORT_LISTEN_ELSEWHERE_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include "gtest/gtest.h"
#include "os/address.h"
#include "os/unique_fd.h"

namespace rollport {

enum class ElsewhereBy { kDualStack, kDevice };

// With SO_REUSEPORT, on the loopback device or, over IPv6, without IPV6_V6ONLY. Invalid if this
// process may not do that.
inline os::UniqueFd ListenElsewhere(const os::SocketAddress& address, ElsewhereBy how) {
  os::UniqueFd fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int one = 1, v6only = how == ElsewhereBy::kDualStack ? 0 : 1;
  EXPECT_EQ(setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one), 0);
  EXPECT_EQ(setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
  if (address.family() == AF_INET6) {
    EXPECT_EQ(setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only), 0);
  }
  if (how == ElsewhereBy::kDevice &&
      setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, "lo", sizeof "lo") != 0) {
    return {};
  }
  sockaddr_storage storage;
  const socklen_t length = address.ToSockaddr(&storage);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
  EXPECT_EQ(listen(fd.get(), 64), 0);
  return fd;
}

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_LISTEN_ELSEWHERE_H_
