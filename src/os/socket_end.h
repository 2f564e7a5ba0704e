// The end of a connection whose peer has not acknowledged everything yet. The kernel sends on after
// close(2), also when the process has ended, unless it resets the connection, which destroys what
// is still to be sent (RFC 9112 section 9.6). It does that for two reasons: because of bytes that
// nobody had read at the close (tcp_close in net/ipv4/tcp.c), and because of bytes that come after
// it (TCPAbortOnData, tcp_rcv_state_process in net/ipv4/tcp_input.c).
#ifndef ROLLPORT_OS_SOCKET_END_H_
#define ROLLPORT_OS_SOCKET_END_H_

#include <cstdint>

#include "absl/status/status.h"

namespace rollport::os {

// Bytes that the kernel holds for the peer, sent or not, because it has not acknowledged them; our
// FIN counts as one: tcp(7), SIOCOUTQ. 0 if the kernel does not say.
uint64_t Unacknowledged(int fd);

// From now on packets of the TCP connection `fd` that bring bytes or a FIN are lost, as on a bad
// network; the others, which acknowledge, are not. So nothing that the peer sends resets it, not
// even after close(2). What has come before is to be read as before; a packet that is just being
// received may still be added to it.
absl::Status DropArrivals(int fd);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_SOCKET_END_H_
