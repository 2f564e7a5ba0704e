// Carries packets between two TUN devices, with a delay; some of them are lost.
#ifndef ROLLPORT_TESTS_SUPPORT_PACKET_RELAY_H_
#define ROLLPORT_TESTS_SUPPORT_PACKET_RELAY_H_

#include <cstdint>

#include "absl/time/time.h"

namespace rollport {

struct RelayOptions {
  absl::Duration one_way = absl::Milliseconds(50);
  double loss = 0;    // the fraction of the packets that is dropped in each direction, 0 to 1
  uint32_t seed = 1;  // decides which are dropped
};

// Relays until it is killed. Packets keep their order. REQUIRES: both are non-blocking.
[[noreturn]] void RelayPackets(int tun_a, int tun_b, const RelayOptions& options);

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_PACKET_RELAY_H_
