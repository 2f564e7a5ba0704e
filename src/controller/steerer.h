// All groups of a fleet, steered alike.
#ifndef ROLLPORT_CONTROLLER_STEERER_H_
#define ROLLPORT_CONTROLLER_STEERER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/strong_int.h"
#include "controller/group.h"

namespace rollport::controller {

class Steerer {
 public:
  Steerer(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers,
          const std::vector<os::SocketAddress>& addresses);

  const std::vector<std::unique_ptr<Group>>& groups() const { return groups_; }
  // Follows what the kernel's table says of every group. True if members came or went.
  absl::StatusOr<bool> Refresh();
  void Steer(const std::map<WorkerId, uint32_t>& weights);

  bool InAnyGroup(WorkerId worker) const;
  bool InEveryGroup(WorkerId worker) const;
  uint32_t AcceptQueue(WorkerId worker) const;
  int ForeignListeners() const;
  // True while the shares asked for are in force in every group.
  bool steered() const;
  // The first group's reason why no program can be attached; empty while all is well.
  std::string trouble() const;
  // The sum over the groups; see Group::lapses.
  int64_t lapses() const;

 private:
  std::vector<std::unique_ptr<Group>> groups_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_STEERER_H_
