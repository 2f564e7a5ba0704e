// A real SO_REUSEPORT group in this process, on a loopback address.
#ifndef ROLLPORT_TESTS_STEERING_LIVE_LIVE_GROUP_H_
#define ROLLPORT_TESTS_STEERING_LIVE_LIVE_GROUP_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "os/address.h"
#include "os/sock_diag.h"
#include "os/unique_fd.h"
#include "steering/group_order.h"
#include "steering/program.h"

namespace rollport::steering {

// The families that this machine has, and their names, for INSTANTIATE_TEST_SUITE_P.
std::vector<Family> LiveFamilies();
std::string FamilyName(const testing::TestParamInfo<Family>& info);

class LiveGroup {
 public:
  // Listens on a free port of a loopback address.
  explicit LiveGroup(Family family);
  // Listens on `bound`, which may be a wildcard, and is reached at `address`.
  LiveGroup(const os::SocketAddress& bound, const os::SocketAddress& address);

  Family family() const { return family_; }
  const os::SocketAddress& address() const { return address_; }
  std::vector<Member> members() const;
  int fd(Member member) const { return listeners_.at(member).get(); }

  // Adds a listener as the last member.
  Member Join();
  // Takes a listener out, by closing it or by shutting it down first.
  void Close(Member member);
  void ShutDown(Member member);

  absl::Status Attach(const Program& program) const;
  absl::Status Detach() const;

  // Connects, and returns the member whose accept queue the connection has come to.
  Member Reach(const std::optional<os::SocketAddress>& source = std::nullopt);
  // Reach() by an ordinary client that has the source of an addressed probe over IPv6.
  Member ReachFromProbePort(size_t index);
  // Reach() by an addressed probe.
  Member Probe(size_t index);
  // How often each member is reached in `times` connections.
  std::map<Member, int> ReachMany(int times);
  // The members that the kernel lists.
  std::vector<Member> Listening();

 private:
  absl::StatusOr<os::UniqueFd> ConnectFromProbePort(size_t index, uint32_t flow_label);
  Member Arrival(absl::StatusOr<os::UniqueFd> client);

  Family family_;
  os::SocketAddress bound_;
  os::SocketAddress address_;
  os::UniqueFd reserve_;  // bound, not listening: keeps the port when all listeners are gone
  os::SockDiag diag_;
  std::map<Member, os::UniqueFd> listeners_;
  unsigned turn_ = 0;
};

}  // namespace rollport::steering

#endif  // ROLLPORT_TESTS_STEERING_LIVE_LIVE_GROUP_H_
