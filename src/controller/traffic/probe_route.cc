#include "controller/traffic/probe_route.h"

#include <netinet/in.h>

#include "steering/probe_address.h"

namespace rollport::controller {
namespace {

os::SocketAddress Loopback(int family, uint16_t port) {
  const in_addr loopback{htonl(INADDR_LOOPBACK)};
  return family == AF_INET ? os::SocketAddress::FromBytes(AF_INET, &loopback, port)
                           : os::SocketAddress::FromBytes(AF_INET6, &in6addr_loopback, port);
}

}  // namespace

ProbeRoute::ProbeRoute(const os::SocketAddress& address)
    : server_(address.IsWildcard() ? Loopback(address.family(), address.port()) : address) {}

os::SocketAddress ProbeRoute::SourceFor(size_t index) {
  if (server_.family() == AF_INET) {
    return os::SocketAddress::FromBytes(AF_INET, steering::ProbeHost(index).data(), 0);
  }
  return server_.with_port(steering::ProbePort(index, turn_++));
}

}  // namespace rollport::controller
