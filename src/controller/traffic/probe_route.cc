#include "controller/traffic/probe_route.h"

#include <netinet/in.h>

#include <string_view>

#include "steering/probe_address.h"

namespace rollport::controller {
namespace {

os::SocketAddress Loopback(int family, uint16_t port) {
  const in_addr loopback{htonl(INADDR_LOOPBACK)};
  return family == AF_INET ? os::SocketAddress::FromBytes(AF_INET, &loopback, port)
                           : os::SocketAddress::FromBytes(AF_INET6, &in6addr_loopback, port);
}

}  // namespace

bool IsProbe(const os::SocketAddress& local, const os::SocketAddress& peer) {
  if (peer.family() == AF_INET) {
    const std::string_view host = peer.host_bytes();
    return (static_cast<uint8_t>(host[0]) << 8 | static_cast<uint8_t>(host[1])) ==
           steering::kProbeNetwork;
  }
  return peer.host_bytes() == local.host_bytes() && peer.port() >= steering::kFirstProbePort;
}

ProbeRoute::ProbeRoute(const os::SocketAddress& address)
    : server_(address.IsWildcard() ? Loopback(address.family(), address.port()) : address) {}

os::SocketAddress ProbeRoute::SourceFor(size_t index) {
  if (server_.family() == AF_INET) {
    return os::SocketAddress::FromBytes(AF_INET, steering::ProbeHost(index).data(), 0);
  }
  return server_.with_port(steering::ProbePort(index, turn_++));
}

}  // namespace rollport::controller
