// The address of a TCP socket as a value: IPv4 or IPv6, and a port.
#ifndef ROLLPORT_OS_ADDRESS_H_
#define ROLLPORT_OS_ADDRESS_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace rollport::os {

class SocketAddress {
 public:
  // Of neither family: something to assign to.
  SocketAddress() = default;

  // "127.0.0.1:8080", "0.0.0.0:0", "[::]:8080", "[fe80::1%eth0]:80". Numeric addresses only, no
  // host names. An error (kInvalidArgument) quotes `text` and says what is wrong with it.
  static absl::StatusOr<SocketAddress> Parse(std::string_view text);
  // From what the kernel returned, `length` bytes. kInvalidArgument if the family is neither
  // AF_INET nor AF_INET6.
  static absl::StatusOr<SocketAddress> FromSockaddr(const sockaddr* address, socklen_t length);
  // `bytes` are 4 for AF_INET and 16 for AF_INET6, in network order; `port` in host order.
  // REQUIRES: `family` is one of the two.
  static SocketAddress FromBytes(int family, const void* bytes, uint16_t port);

  // AF_INET, AF_INET6 or, by default, AF_UNSPEC.
  int family() const { return family_; }
  uint16_t port() const { return port_; }
  // The 4 or 16 bytes of the host's address, in network order.
  std::string_view host_bytes() const;
  // The index of the interface of a link-local IPv6 address, else 0.
  uint32_t scope() const { return scope_; }
  // 0.0.0.0 or [::].
  bool IsWildcard() const;
  SocketAddress with_port(uint16_t port) const;

  // In the form that Parse reads.
  std::string ToString() const;
  // Without brackets and port: "::1".
  std::string HostToString() const;

  // Fills `out` for bind(2) and connect(2) and returns its length.
  socklen_t ToSockaddr(sockaddr_storage* out) const;

  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;

 private:
  int family_ = AF_UNSPEC;
  uint8_t bytes_[16] = {};
  uint32_t scope_ = 0;
  uint16_t port_ = 0;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_ADDRESS_H_
