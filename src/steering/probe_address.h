// The address from which a connection reaches one chosen member of a group, dark or not, through
// the group's real address.
//
// IPv4: from 127.83.x.y to the member with index 256x+y. Such a packet cannot come from outside the
// host: the kernel drops it as a martian.
// IPv6: from the very address that it goes to, from a reserved source port, and with a flow label
// (RFC 6437). The ports that the kernel hands out end at 60999 by default, but an administrator may
// have raised that (net.ipv4.ip_local_port_range), or a client may bind one. Such a client that
// connects from the host to itself has another label: the kernel chooses one of 2^20 by a hash
// (net.ipv6.auto_flowlabels), or none. A packet forged outside the host with such a source gets no
// further than a half-open handshake, because the answer goes to the host itself.
//
// A connection to an index outside the group is no probe: the program treats it like any other, and
// a program that was compiled for a larger group than the present one leaves it to the kernel's
// hash. So a prober has to ask the kernel (SockDiag::Lookup), or look at the answer itself, to know
// which worker it has reached.
#ifndef ROLLPORT_STEERING_PROBE_ADDRESS_H_
#define ROLLPORT_STEERING_PROBE_ADDRESS_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace rollport::steering {

inline constexpr uint16_t kProbeNetwork = 127 << 8 | 83;  // the first two bytes of the source

// A recent probe keeps its port busy in TIME_WAIT for a minute, so there are several.
inline constexpr unsigned kProbePortsPerIndex = 4;
inline constexpr uint16_t kFirstProbePort = 61184;
inline constexpr uint32_t kProbeFlowLabel = 'R' << 8 | 'P';

// The source address for IPv4, in network order. REQUIRES: index < kMaxMembers.
std::array<uint8_t, 4> ProbeHost(size_t index);

// The source port for IPv6: `turn` chooses one of kProbePortsPerIndex. REQUIRES: index <
// kMaxMembers.
uint16_t ProbePort(size_t index, unsigned turn);
// Another one of the same index; all of them, one after the other. REQUIRES: `port` is one.
uint16_t NextProbePort(uint16_t port);

}  // namespace rollport::steering

#endif  // ROLLPORT_STEERING_PROBE_ADDRESS_H_
