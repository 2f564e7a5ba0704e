// All groups of a fleet, steered alike. There may be more of them than one generation has
// addresses: while a roll changes the addresses, old and new ones are served.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_STEERER_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_STEERER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/strong_int.h"
#include "controller/traffic/group.h"

namespace rollport::controller {

class Steerer {
 public:
  // All references are borrowed.
  Steerer(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers);

  // Steers the group of `address` too, from now on. `owner`: see Reserve. Does nothing if that is
  // done already.
  void Add(const os::SocketAddress& address,
           const std::optional<os::Credentials>& owner = std::nullopt);
  void Remove(const os::SocketAddress& address);
  // Null if there is no such group. Valid until it is removed.
  Group* Find(const os::SocketAddress& address);

  // See Group::TakeOver. `programs`: for how many members each address's program was made, where
  // that is known.
  void TakeOver(const std::map<os::SocketAddress, size_t>& programs = {});
  // See Group::program_members. `on_change` is called whenever one has changed.
  std::map<os::SocketAddress, size_t> ProgramMembers() const;
  void set_on_program(std::function<void()> on_change) { on_program_ = std::move(on_change); }
  const std::vector<std::unique_ptr<Group>>& groups() const { return groups_; }
  // The ports of the groups, each with its address family.
  std::set<std::pair<int, uint16_t>> Ports() const;
  // See Group::Refresh. True if any group has changed. An error leaves the remaining groups as they
  // were.
  absl::StatusOr<bool> Refresh();
  // The same, if it has not been done in this turn of the loop.
  absl::StatusOr<bool> RefreshOnce();
  // See Group::Steer.
  void Steer(const rollout::Weights& weights);
  // See Group::ExpectToLeave.
  void ExpectToLeave(const std::set<WorkerId>& workers);

  // Listeners in all groups.
  int64_t members() const;
  bool InAnyGroup(WorkerId worker) const;
  // The workers of which that is true, in ascending order: for all at once, since each look walks
  // over the members.
  std::vector<WorkerId> Present() const;
  bool InEveryGroup(WorkerId worker, const std::vector<os::SocketAddress>& addresses);
  uint32_t AcceptQueue(WorkerId worker) const;
  // The same of every worker that is in a group.
  std::map<WorkerId, uint32_t> AcceptQueues() const;
  // See GroupMembers::LastAcceptQueue.
  uint32_t LastAcceptQueue(WorkerId worker) const;
  int ForeignListeners() const;
  // The sum over all groups that there have been; see GroupMembers::drops.
  uint64_t drops() const;
  // See GroupMembers::Strays.
  std::vector<std::string> Strays() const;
  // See GroupMembers::TakeFound.
  std::vector<std::string> TakeFound();
  // See Group::steered: of every group.
  bool steered() const;
  // The first group's reason why no program can be attached; empty while all is well.
  std::string trouble() const;
  // The sum over the groups; see Group::lapses.
  int64_t lapses() const;

 private:
  os::EventLoop& loop_;
  os::SockDiag& diag_;
  WorkerTable& workers_;
  std::vector<std::unique_ptr<Group>> groups_;
  rollout::Weights weights_;
  uint64_t drops_of_removed_ = 0;
  std::set<WorkerId> leaving_;
  Instant refreshed_;
  std::function<void()> on_program_ = [] {};
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_STEERER_H_
