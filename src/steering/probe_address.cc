#include "steering/probe_address.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "steering/program.h"

namespace rollport::steering {

static_assert(kFirstProbePort + kMaxMembers * kProbePortsPerIndex <= 65536);

std::array<uint8_t, 4> ProbeHost(size_t index) {
  RP_CHECK(index < kMaxMembers, absl::StrCat("index ", index));
  return {kProbeNetwork >> 8, kProbeNetwork & 0xff, static_cast<uint8_t>(index >> 8),
          static_cast<uint8_t>(index)};
}

uint16_t ProbePort(size_t index, unsigned turn) {
  RP_CHECK(index < kMaxMembers, absl::StrCat("index ", index));
  return static_cast<uint16_t>(kFirstProbePort + index * kProbePortsPerIndex +
                               turn % kProbePortsPerIndex);
}

uint16_t NextProbePort(uint16_t port) {
  RP_CHECK(port >= kFirstProbePort, absl::StrCat("port ", port));
  const unsigned place = port - kFirstProbePort;
  return ProbePort(place / kProbePortsPerIndex, place + 1);
}

}  // namespace rollport::steering
