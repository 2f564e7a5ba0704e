// Two network namespaces, "server" and "client", joined by a slow line. Needs no kernel module but
// TUN, and no privilege if user namespaces are allowed.
//
//   server 10.83.0.1 fd83::1  <-- TUN, relay process, TUN -->  client 10.83.0.2 fd83::2
//
// A socket always belongs to the namespace in which it was made, whatever process holds it; so a
// test can hold sockets of both sides in one process.
#ifndef ROLLPORT_TESTS_SUPPORT_DELAYED_NETWORK_H_
#define ROLLPORT_TESTS_SUPPORT_DELAYED_NETWORK_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "os/address.h"
#include "os/unique_fd.h"
#include "tests/support/fd_channel.h"
#include "tests/support/packet_relay.h"

namespace rollport {

class DelayedNetwork {
 public:
  enum class Side { kServer, kClient };

  // An error says what this machine does not allow: a reason to skip a test.
  static absl::StatusOr<std::unique_ptr<DelayedNetwork>> Create(const RelayOptions& options = {});
  DelayedNetwork(const DelayedNetwork&) = delete;
  DelayedNetwork& operator=(const DelayedNetwork&) = delete;
  // Ends the relay. The namespaces go with the last process and socket in them.
  ~DelayedNetwork();

  // The address of a side. REQUIRES: `family` is AF_INET or AF_INET6.
  static os::SocketAddress Address(Side side, int family, uint16_t port);

  // Moves the calling process to a side, for good: for a child between fork and exec, such as
  // os::LaunchSpec::before_exec. REQUIRES: it has one thread.
  absl::Status Enter(Side side) const;
  // Runs `f` in a child process on a side and returns its result, 0 to 255. Failed expectations of
  // GoogleTest are printed but not counted here: return testing::Test::HasFailure().
  absl::StatusOr<int> Run(Side side, const std::function<int()>& f) const;
  // The descriptors, at most 16, that `make` makes on a side; and the same for one.
  absl::StatusOr<Fds> OpenAll(Side side, const std::function<absl::StatusOr<Fds>()>& make) const;
  absl::StatusOr<os::UniqueFd> Open(
      Side side, const std::function<absl::StatusOr<os::UniqueFd>()>& make) const;

 private:
  DelayedNetwork() = default;

  os::UniqueFd user_namespace_;  // not valid if this process is privileged itself
  os::UniqueFd net_namespaces_[2];
  pid_t relay_ = -1;
};

// Turns net.ipv4.tcp_migrate_req on in the network namespace of this process. False if that is not
// allowed.
bool SetMigrateRequests();

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_DELAYED_NETWORK_H_
