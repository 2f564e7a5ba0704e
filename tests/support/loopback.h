// The loopback addresses that this machine has.
#ifndef ROLLPORT_TESTS_SUPPORT_LOOPBACK_H_
#define ROLLPORT_TESTS_SUPPORT_LOOPBACK_H_

#include <cstdio>
#include <vector>

#include "os/socket.h"

namespace rollport {

// For testing::ValuesIn: "127.0.0.1:0" and "[::1]:0". Without IPv6 only the first, with a note on
// stderr.
inline std::vector<const char*> LoopbackAddresses() {
  std::vector<const char*> addresses = {"127.0.0.1:0"};
  const auto ipv6 = os::Bind(*os::SocketAddress::Parse("[::1]:0"));
  if (ipv6.ok()) {
    addresses.push_back("[::1]:0");
  } else {
    std::fprintf(stderr, "No tests over IPv6: %s\n", ipv6.status().ToString().c_str());
  }
  return addresses;
}

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_LOOPBACK_H_
