// The kernel's own table of TCP sockets, over NETLINK_SOCK_DIAG: sock_diag(7). Needs no privilege;
// sees the sockets of every user in our network namespace.
//
// Every dump is filtered by local port in the kernel (inet_diag_dump_icsk in net/ipv4/inet_diag.c
// compares idiag_sport itself, for every state), so only matching sockets are copied. It still
// walks the whole table of connections. Measured on two CPUs with a table of 262,144 buckets: 0.3
// ms when the table is empty and 3 ms with 19,000 sockets in it. The listeners are in a table of
// their own: 20 us. Lookup() walks one hash chain: 3 us. So dump handshakes once, then look them
// up.
//
// A dump of more than some 20 sockets comes in several datagrams. Each one resumes by the number of
// sockets that were passed in a hash chain. So it skips a socket if another one before it has left
// the chain meanwhile, and NLM_F_DUMP_INTR is not set then. All listeners of an address are in one
// chain. Nor can one listener of a group be looked up by its cookie: the kernel first chooses a
// member by hash, and then compares the cookie (inet_diag_find_one_icsk).
//
// An error names NETLINK_SOCK_DIAG. kUnavailable: the answer was not consistent or not complete,
// so another try may succeed. A dump has been tried 4 times by then.
#ifndef ROLLPORT_OS_SOCK_DIAG_H_
#define ROLLPORT_OS_SOCK_DIAG_H_

#include <netinet/tcp.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "os/address.h"
#include "os/unique_fd.h"

namespace rollport::os {

struct ListenerInfo {
  SocketAddress local;
  uint64_t inode = 0;         // as in /proc/PID/fd
  uint64_t cookie = 0;        // the kernel's name for this socket, never used again
  uid_t uid = 0;              // the user that made it
  uint32_t accept_queue = 0;  // connections waiting to be accepted
  uint32_t accept_limit = 0;  // the backlog; the queue may hold one more
  // SYNs and last ACKs of handshakes that were dropped at this socket since it was made: its part
  // of ListenDrops (tcp_listendrop in include/net/tcp.h). A client that tries again is counted
  // again.
  uint32_t drops = 0;
  // Listeners that differ in these are in different groups, also on one address
  // (inet_reuseport_add_sock in net/ipv4/inet_hashtables.c).
  bool v6only = false;  // IPV6_V6ONLY; false over IPv4
  uint32_t device = 0;  // the interface that it is bound to, or 0
};

// One end of a connection, as the kernel has it at the server.
struct ConnectionInfo {
  SocketAddress local;
  SocketAddress peer;
  int state = 0;        // TCP_ESTABLISHED, TCP_SYN_RECV, …
  uint64_t inode = 0;   // 0: not accepted yet, or accepted and closed by its owner
  uint64_t cookie = 0;  // the same before and after it is accepted
  uid_t uid = 0;        // meaningless while inode is 0
  uint32_t device = 0;  // the interface that it is bound to, as with link-local ends; or 0
  // Bytes that nobody has read yet, and that the peer has not acknowledged; a FIN counts as one.
  uint32_t unread = 0;
  uint32_t unacknowledged = 0;
  // The peer has sent data after the last that it was sent. Only from Lookup() and Refind().
  bool unanswered = false;
  // Its socket is gone, and the kernel keeps only what late packets need (inet_twsk_diag_fill in
  // net/ipv4/inet_diag.c); state is TCP_TIME_WAIT or TCP_FIN_WAIT2. Only from Lookup() and
  // Refind().
  bool gone = false;
};

// By state: TCP_… of <netinet/tcp.h>.
using SocketCounts = std::array<uint32_t, 16>;

class SockDiag {
 public:
  static absl::StatusOr<SockDiag> Create();

  // The listening sockets of that family on that port, by cookie. A dump of many may miss one that
  // is there, if another one leaves meanwhile. So if it lacks a listener of the last call, or if
  // this is the first call, two dumps in a row must agree; a new listener may be missed, and is
  // found by a later call. kUnavailable if no two of 8 agree.
  absl::StatusOr<std::vector<ListenerInfo>> DumpListeners(int family, uint16_t port);
  // The half-open handshakes: the SYN is answered, the ACK has not come. Which listener of a group
  // answered is not told. A handshake kept in a SYN cookie is in no table; its ACK is steered anew,
  // so it need not be waited for. Sockets made by TCP_FASTOPEN are listed too. If they are many,
  // there are two dumps, and what either has is returned.
  absl::StatusOr<std::vector<ConnectionInfo>> DumpHandshakes(int family, uint16_t port);
  // Every connection of that local port that is in one of `states`, a mask of 1 << TCP_….
  absl::StatusOr<std::vector<ConnectionInfo>> DumpConnections(int family, uint16_t port,
                                                              uint32_t states);
  // Counts the sockets of that local port, those in TIME_WAIT and the listening ones too. Many of
  // them take long, so each call of ContinueCount() adds only some hundreds, and returns true when
  // it has added the last ones. It may be called when fd() is readable. REQUIRES: until then, or
  // after an error, nothing else is called.
  absl::Status BeginCount(int family, uint16_t port);
  absl::StatusOr<bool> ContinueCount(SocketCounts& counts);
  // Borrowed.
  int fd() const { return fd_.get(); }
  // The socket with these two ends, in whatever state, TIME_WAIT too; nullopt if there is none. A
  // connection has the same ends from the half-open handshake on.
  absl::StatusOr<std::optional<ConnectionInfo>> Lookup(const SocketAddress& local,
                                                       const SocketAddress& peer);
  // The same socket, found again by its cookie; nullopt if it is gone, even if another socket has
  // its ends by now. Unlike a dump it takes no lock: a handshake that is being completed at this
  // moment may be found neither as half open nor as a connection.
  absl::StatusOr<std::optional<ConnectionInfo>> Refind(const ConnectionInfo& known);

 private:
  explicit SockDiag(UniqueFd fd) : fd_(std::move(fd)), buffer_(64 << 10) {}
  struct Answer;
  using Visit = std::function<void(const Answer&)>;
  // By ends, device and, if it is not 0, cookie.
  absl::StatusOr<std::optional<ConnectionInfo>> Get(const ConnectionInfo& wanted);
  // `begin` is called before each attempt: what was visited in one that failed does not count.
  absl::Status Dump(int family, uint16_t port, uint32_t states, const std::function<void()>& begin,
                    const Visit& visit);
  absl::Status SendDump(int family, uint16_t port, uint32_t states);
  absl::Status DumpOnce(int family, uint16_t port, uint32_t states, const Visit& visit);
  // Reads the messages of one datagram. True if the answer is complete.
  absl::StatusOr<bool> ReadAnswer(const Visit& visit);
  absl::Status Send(void* message, size_t size);

  UniqueFd fd_;
  uint32_t sequence_ = 0;
  std::vector<char> buffer_;
  // By family and port: the cookies in the last dump, rising.
  std::map<std::pair<int, uint16_t>, std::vector<uint64_t>> last_listeners_;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_SOCK_DIAG_H_
