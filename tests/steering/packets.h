// IP headers with the first bytes of a SYN, for the interpreter.
#ifndef ROLLPORT_TESTS_STEERING_PACKETS_H_
#define ROLLPORT_TESTS_STEERING_PACKETS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "steering/probe_address.h"
#include "steering/program.h"

namespace rollport::steering {

using Packet = std::vector<uint8_t>;

inline Packet Ipv4Packet(std::array<uint8_t, 4> source) {
  Packet packet(40);
  packet[0] = 0x45;
  packet[9] = 6;
  for (size_t i = 0; i < 4; ++i) packet[12 + i] = source[i];
  return packet;
}

// From and to addresses that differ in byte `differs_in`, or are the same if that is 16.
inline Packet Ipv6Packet(uint16_t source_port, size_t differs_in = 16,
                         uint32_t flow_label = kProbeFlowLabel) {
  Packet packet(60);
  packet[0] = 0x60;
  packet[1] = static_cast<uint8_t>(flow_label >> 16);
  packet[2] = static_cast<uint8_t>(flow_label >> 8);
  packet[3] = static_cast<uint8_t>(flow_label);
  packet[6] = 6;
  for (size_t i = 0; i < 16; ++i) {
    packet[8 + i] = packet[24 + i] = static_cast<uint8_t>(0x20 + i);
  }
  if (differs_in < 16) packet[24 + differs_in] ^= 0x80;
  packet[40] = static_cast<uint8_t>(source_port >> 8);
  packet[41] = static_cast<uint8_t>(source_port);
  return packet;
}

// A connection that is not a probe.
inline Packet Ordinary(Family family) {
  return family == Family::kIpv4 ? Ipv4Packet({192, 0, 2, 7}) : Ipv6Packet(40'000, 15, 0x8a3c1);
}

}  // namespace rollport::steering

#endif  // ROLLPORT_TESTS_STEERING_PACKETS_H_
