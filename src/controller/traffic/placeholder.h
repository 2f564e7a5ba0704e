// A listener of the controller's own that takes the place of a worker's listener as it leaves.
//
// It joins the group as its last member, before the worker is told to stop. So it is what moves
// into the hole, and no index that has a share changes (steering/group_order.h). It accepts
// nothing: the kernel drops every SYN that comes to it, and the client sends that again (RFC 6298
// section 2: after a second). So nothing can be lost by it.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_PLACEHOLDER_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_PLACEHOLDER_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "os/address.h"
#include "os/process_settings.h"
#include "os/unique_fd.h"

namespace rollport::controller {

class Placeholder {
 public:
  // Listens on `address`, as `owner` if the workers run as another user (see Reserve).
  static absl::StatusOr<Placeholder> Create(const os::SocketAddress& address,
                                            const std::optional<os::Credentials>& owner);

  // Of the listener, as the kernel's table has it.
  uint64_t inode() const { return inode_; }
  // Takes it out of its group at once, even if a child that has not been executed yet has a
  // duplicate.
  void Leave();

 private:
  Placeholder(os::UniqueFd listener, uint64_t inode)
      : listener_(std::move(listener)), inode_(inode) {}

  os::UniqueFd listener_;
  uint64_t inode_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_PLACEHOLDER_H_
