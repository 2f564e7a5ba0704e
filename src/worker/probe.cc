#include "worker/probe.h"

#include "os/socket.h"

namespace rollport::worker {
namespace {

constexpr uint16_t kFirstProbePort = 61184;
constexpr uint32_t kProbeFlowLabel = 0x5250;

}  // namespace

bool IsProbe(const os::SocketAddress& peer, int fd) {
  const std::string_view bytes = peer.host_bytes();
  if (peer.family() == AF_INET) return bytes.substr(0, 2) == "\x7f\x53";
  if (peer.family() != AF_INET6 || peer.port() < kFirstProbePort) return false;
  const auto local = os::LocalAddress(fd);
  return local.ok() && local->host_bytes() == bytes && os::PeerFlowLabel(fd) == kProbeFlowLabel;
}

}  // namespace rollport::worker
