#include "worker/probe.h"

#include "os/socket.h"

namespace rollport::worker {
namespace {

// Above the default of net.ipv4.ip_local_port_range, so that no ordinary client has such a port.
constexpr uint16_t kFirstProbePort = 61184;

}  // namespace

bool IsProbe(const os::SocketAddress& peer, int fd) {
  const std::string_view bytes = peer.host_bytes();
  if (peer.family() == AF_INET) return bytes.substr(0, 2) == "\x7f\x53";
  if (peer.family() != AF_INET6 || peer.port() < kFirstProbePort) return false;
  const auto local = os::LocalAddress(fd);
  return local.ok() && local->host_bytes() == bytes;
}

}  // namespace rollport::worker
