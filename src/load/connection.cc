#include "load/connection.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "os/socket.h"

// ip(7), since Linux 6.3; older kernels say ENOPROTOOPT.
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

namespace rollport::load {
namespace {

constexpr uint32_t kHighestIpv6Port = 60999;

// If these cannot be set the connection is as good without them: the range of ports is then
// /proc/sys/net/ipv4/ip_local_port_range, which ends at 60999 by default too.
void SetOptions(int fd, int family, bool small_buffer) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (family == AF_INET6) {
    const uint32_t range = kHighestIpv6Port << 16;  // the lower end stays as it is
    setsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, sizeof range);
  }
  if (small_buffer) {
    const int bytes = 1;  // the kernel raises it to its minimum
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
}

}  // namespace

Outcome OutcomeOfConnectError(int error) {
  switch (error) {
    case ECONNREFUSED:
      return Outcome::kRefused;
    // The handshake was complete; then the server rejected the connection.
    case ECONNRESET:
    case EPIPE:
      return Outcome::kReset;
    case ETIMEDOUT:
      return Outcome::kConnectTimeout;
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
      return Outcome::kUnreachable;
    default:  // EADDRNOTAVAIL, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, …
      return Outcome::kLocalError;
  }
}

std::shared_ptr<Connection> Connection::Open(os::EventLoop& loop, const Target& target,
                                             bool small_buffer,
                                             std::function<void(uint32_t)> on_event, int* error) {
  const int family = target.url.address.family();
  os::UniqueFd fd(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) {
    *error = errno;
    return nullptr;
  }
  SetOptions(fd.get(), family, small_buffer);
  sockaddr_storage peer;
  const socklen_t length = target.url.address.ToSockaddr(&peer);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&peer), length) != 0 && errno != EINPROGRESS) {
    *error = errno;
    return nullptr;
  }
  return std::make_shared<Connection>(loop, target, std::move(fd), std::move(on_event));
}

Connection::Connection(os::EventLoop& loop, const Target& the_target, os::UniqueFd the_fd,
                       std::function<void(uint32_t)> on_event)
    : target(the_target),
      fd(std::move(the_fd)),
      watch(loop, fd.get(), [this, on_event = std::move(on_event)](uint32_t events) {
        if (!dropped) on_event(events);
      }) {}

int Connection::TakeError() const { return os::PendingError(fd.get()); }

int Connection::Unacknowledged() const {
  int bytes = 0;
  return ioctl(fd.get(), SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

std::string Connection::LocalName() const { return os::LocalName(fd.get()); }

}  // namespace rollport::load
