#include "protocol/handover.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "os/foreign_rights.h"

namespace rollport::protocol {
namespace {

constexpr uint32_t kMagic = 0x68616e64;  // "hand"

// Both ends are on one host, so it has the host's byte order.
struct Wire {
  uint32_t magic = kMagic;
  uint32_t kind = 0;
  uint32_t answered = 0;
  uint32_t reserved = 0;
  int64_t idle_since_nanos = 0;  // CLOCK_MONOTONIC
};
static_assert(sizeof(Wire) == 24);

Message Decode(const std::string& bytes) {
  Wire wire;
  wire.magic = 0;
  std::memcpy(&wire, bytes.data(), std::min(bytes.size(), sizeof wire));
  const bool known =
      wire.magic == kMagic && wire.kind <= static_cast<uint32_t>(Message::Kind::kConnection);
  if (!known) return {};
  return {.kind = static_cast<Message::Kind>(wire.kind),
          .answered = wire.answered != 0,
          .idle_since = Instant::FromNanos(wire.idle_since_nanos)};
}

}  // namespace

os::Sent Send(int channel, const Message& message, int fd) {
  const Wire wire = {.kind = static_cast<uint32_t>(message.kind),
                     .answered = message.answered ? 1U : 0U,
                     .idle_since_nanos = message.idle_since.nanos()};
  return os::SendMessage(channel, {reinterpret_cast<const char*>(&wire), sizeof wire}, fd);
}

os::Received Receive(int channel, Incoming* incoming) {
  std::string bytes(sizeof(Wire), '\0');
  std::vector<os::UniqueFd> fds;
  const os::Received received = os::ReceiveMessage(channel, &bytes, &fds);
  if (received != os::Received::kMessage) return received;
  incoming->message = Decode(bytes);
  incoming->fd = fds.empty() ? os::UniqueFd() : std::move(fds.front());
  return received;
}

os::Received ReceiveFromWorker(int channel, Message* message) {
  std::string bytes(sizeof(Wire), '\0');
  iovec piece = {.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
  const ssize_t n = os::ReceiveWithoutRights(channel, &header);
  if (n < 0) return os::Received::kNone;
  if (n == 0) return os::Received::kClosed;
  bytes.resize(static_cast<size_t>(n));
  *message = Decode(bytes);
  return os::Received::kMessage;
}

}  // namespace rollport::protocol
