#include "os/socket.h"

#include <linux/in6.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/errno_status.h"

namespace rollport::os {
namespace {

absl::Status Failed(const char* call, const SocketAddress& address) {
  return ErrnoStatus(errno, absl::StrCat(call, " on ", address.ToString()));
}

absl::StatusOr<UniqueFd> TcpSocket(const SocketAddress& address) {
  UniqueFd fd(socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd.valid()) return ErrnoStatus(errno, absl::StrCat("socket for ", address.ToString()));
  return fd;
}

bool Enable(int fd, int level, int option) {
  const int one = 1;
  return setsockopt(fd, level, option, &one, sizeof one) == 0;
}

bool BindTo(int fd, const SocketAddress& address) {
  sockaddr_storage storage;
  const socklen_t length = address.ToSockaddr(&storage);
  return bind(fd, reinterpret_cast<const sockaddr*>(&storage), length) == 0;
}

absl::Status BindSource(int fd, const SocketAddress& source) {
  // SO_REUSEADDR: a port whose last connection is in TIME_WAIT can be used again.
  if (!Enable(fd, SOL_SOCKET, SO_REUSEADDR) ||
      (source.port() == 0 && !Enable(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT))) {
    return Failed("setsockopt", source);
  }
  return BindTo(fd, source) ? absl::OkStatus() : Failed("bind", source);
}

// Makes `peer`, which is of IPv6, one to connect to with this label.
absl::Status SetFlowLabel(int fd, uint32_t label, sockaddr_in6* peer) {
  // Where somebody has a label for himself, the kernel lets a socket use only one that it has asked
  // for (fl6_sock_lookup in include/net/ipv6.h); elsewhere any. So this may fail.
  in6_flowlabel_req request = {};
  request.flr_dst = peer->sin6_addr;
  request.flr_label = htonl(label);
  request.flr_action = IPV6_FL_A_GET;
  request.flr_share = IPV6_FL_S_ANY;
  request.flr_flags = IPV6_FL_F_CREATE;
  (void)setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &request, sizeof request);
  if (!Enable(fd, IPPROTO_IPV6, IPV6_FLOWINFO_SEND)) {
    return ErrnoStatus(errno, "setsockopt IPV6_FLOWINFO_SEND");
  }
  peer->sin6_flowinfo = htonl(label);
  return absl::OkStatus();
}

template <typename Call>
absl::StatusOr<SocketAddress> NameOf(Call call, const char* name, int fd) {
  sockaddr_storage storage;
  socklen_t length = sizeof storage;
  if (call(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) {
    return ErrnoStatus(errno, absl::StrCat(name, " on descriptor ", fd));
  }
  return SocketAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&storage), length);
}

// Errors of the next connection, not of the listener: accept(2), "Error handling".
bool IsErrorOfThePeer(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<UniqueFd> Bind(const SocketAddress& address) {
  ASSIGN_OR_RETURN(UniqueFd fd, TcpSocket(address));
  if (!Enable(fd.get(), SOL_SOCKET, SO_REUSEADDR) || !Enable(fd.get(), SOL_SOCKET, SO_REUSEPORT) ||
      (address.family() == AF_INET6 && !Enable(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY))) {
    return Failed("setsockopt", address);
  }
  if (!BindTo(fd.get(), address)) return Failed("bind", address);
  return fd;
}

absl::Status StartListening(int fd, int backlog) {
  if (listen(fd, backlog) != 0) return ErrnoStatus(errno, "listen on " + LocalName(fd));
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> Listen(const SocketAddress& address, int backlog) {
  ASSIGN_OR_RETURN(UniqueFd fd, Bind(address));
  RETURN_IF_ERROR(StartListening(fd.get(), backlog));
  return fd;
}

absl::StatusOr<UniqueFd> ListenAlone(const SocketAddress& address, int backlog) {
  ASSIGN_OR_RETURN(UniqueFd fd, TcpSocket(address));
  if (!Enable(fd.get(), SOL_SOCKET, SO_REUSEADDR) ||
      (address.family() == AF_INET6 && !Enable(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY))) {
    return Failed("setsockopt", address);
  }
  if (!BindTo(fd.get(), address)) return Failed("bind", address);
  // Two sockets with SO_REUSEADDR can both bind; only one of them can listen.
  if (listen(fd.get(), backlog) != 0) return Failed("listen", address);
  return fd;
}

absl::Status ShutdownListener(int fd) {
  if (shutdown(fd, SHUT_RDWR) != 0 && errno != ENOTCONN) {
    return ErrnoStatus(errno, "shutdown on " + LocalName(fd));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Accepted>> Accept4(int listener) {
  while (true) {
    sockaddr_storage storage;
    socklen_t length = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    UniqueFd fd(accept4(listener, address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      ASSIGN_OR_RETURN(SocketAddress peer, SocketAddress::FromSockaddr(address, length));
      return Accepted{std::move(fd), peer};
    }
    const int error = errno;
    if (error == EAGAIN) return std::nullopt;
    if (!IsErrorOfThePeer(error)) return ErrnoStatus(error, "accept4 on " + LocalName(listener));
  }
}

absl::StatusOr<UniqueFd> Connect(const SocketAddress& peer,
                                 const std::optional<SocketAddress>& source, uint32_t flow_label) {
  ASSIGN_OR_RETURN(UniqueFd fd, TcpSocket(peer));
  if (source) RETURN_IF_ERROR(BindSource(fd.get(), *source));
  sockaddr_storage storage;
  const socklen_t length = peer.ToSockaddr(&storage);
  if (flow_label != 0 && peer.family() == AF_INET6) {
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    RETURN_IF_ERROR(SetFlowLabel(fd.get(), flow_label, v6));
  }
  // After EINTR the attempt goes on: connect(2).
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 &&
      errno != EINPROGRESS && errno != EINTR) {
    return ErrnoStatus(errno, absl::StrCat("connect to ", peer.ToString()));
  }
  return fd;
}

uint32_t PeerFlowLabel(int fd) {
  in6_flowlabel_req request = {};
  request.flr_action = IPV6_FL_A_GET;
  request.flr_flags = IPV6_FL_F_REMOTE;
  socklen_t length = sizeof request;
  if (getsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &request, &length) != 0) return 0;
  return ntohl(request.flr_label);
}

int PendingError(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

absl::StatusOr<SocketAddress> LocalAddress(int fd) {
  return NameOf(getsockname, "getsockname", fd);
}
absl::StatusOr<SocketAddress> PeerAddress(int fd) { return NameOf(getpeername, "getpeername", fd); }

std::string LocalName(int fd) {
  const auto address = LocalAddress(fd);
  return address.ok() ? address->ToString() : absl::StrCat("descriptor ", fd);
}

}  // namespace rollport::os
