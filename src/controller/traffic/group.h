// One address's SO_REUSEPORT group as the controller follows it: its members, their order, and the
// program that steers it. The placeholders are in group_cover.cc.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_GROUP_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/strong_int.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/group_members.h"
#include "controller/traffic/order_proofs.h"
#include "controller/traffic/probe_route.h"
#include "controller/traffic/prospects.h"
#include "os/address.h"
#include "os/event_loop.h"
#include "os/process_settings.h"
#include "os/sock_diag.h"
#include "rollout/state.h"
#include "steering/group_order.h"
#include "steering/program.h"

namespace rollport::controller {

class Group {
 public:
  // `owner`: see Reserve. All references are borrowed.
  Group(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, os::SocketAddress address,
        const std::optional<os::Credentials>& owner = std::nullopt);

  const os::SocketAddress& address() const { return address_; }
  // See ProbeRoute::server.
  const os::SocketAddress& ProbeServer() const { return route_.server(); }

  // Reads the kernel's table and follows it. A listener whose worker has ended is shut down (see
  // GroupMembers::ShutDownOrphans). True if members came or went, or the owner of one was found.
  absl::StatusOr<bool> Refresh();
  // By inode.
  const SortedMap<uint64_t, GroupMember>& members() const { return members_.all(); }
  bool Has(WorkerId worker) const { return members_.Has(worker); }
  uint32_t AcceptQueue(WorkerId worker) const { return members_.AcceptQueue(worker); }
  // See GroupMembers::LastAcceptQueue.
  uint32_t LastAcceptQueue(WorkerId worker) const { return members_.LastAcceptQueue(worker); }
  int Foreign() const { return members_.Foreign(); }
  uint64_t drops() const { return members_.drops(); }
  // See GroupMembers::ShutDown.
  void ShutDown(WorkerId worker) { members_.ShutDown(worker); }
  // See GroupMembers::Strays.
  std::vector<std::string> Strays() const { return members_.Strays(); }
  // See GroupMembers::TakeFound.
  std::vector<std::string> TakeFound() { return members_.TakeFound(); }

  // Steers by these weights from now on, also when the order changes. While the order is in doubt,
  // the workers whose index is known are given what there is, or, if there is none, the kernel's
  // hash chooses; and probes are sent to prove the order again.
  void Steer(const rollout::Weights& weights);
  // The listeners of these workers may leave at any moment from now on. Until they have, no share
  // is given that would fall to the kernel's hash by that: see steering/departure.h. If nobody else
  // has a share, a placeholder takes the hole. Foreign listeners may always leave; there are
  // placeholders for them, so that no worker gives up its share, or is probed in vain, because of
  // them.
  void ExpectToLeave(const std::set<WorkerId>& workers);
  // The group is there already, and the program of a dead controller steers it. Keeps that program
  // until shares are requested and probes led by it have proven the order. After 1 s, assumes that
  // there is none. `members`: for how many members it was made, if that is known. A probe of a
  // higher index goes by shares, and proves nothing. REQUIRES: before the first Refresh().
  void TakeOver(std::optional<size_t> members = std::nullopt);
  // For how many members the program that is attached was made; nullopt if that is not known.
  std::optional<size_t> program_members() const { return program_members_; }
  // `on_change` is called whenever that has changed.
  void set_on_program(std::function<void()> on_change) { on_program_ = std::move(on_change); }
  // A probe has shown that the order is not what we believe.
  void Doubt();

  bool certain() const { return order_.certain(); }
  // True while the program that is attached gives the weights asked for, and nothing to a member
  // without a weight.
  bool steered() const { return in_force_.weights.has_value(); }
  // Why no program steers the group; empty while all is well.
  const std::string& trouble() const { return trouble_; }
  // How often the members were seen to have changed.
  int64_t changes() const { return proofs_.changes(); }
  // Looks again. True if they have changed since changes() was that: then a worker that was probed
  // then may have had another index when the probe arrived. Also if that is not known.
  bool HasChangedSince(int64_t changes) { return !Refresh().ok() || this->changes() != changes; }
  // Goes up whenever the kernel's hash may have given connections to a member without a share.
  int64_t lapses() const { return lapses_; }
  // The source address from which a connection reaches this worker only; nullopt while that is not
  // known.
  std::optional<os::SocketAddress> ProbeSource(WorkerId worker);

 private:
  struct InForce {
    // By index, what the program gives; nullopt if that is not what was asked for.
    std::optional<std::vector<uint32_t>> weights;
    // May leave, and this changes nothing of what the program does.
    Inodes accounted_for;
    // What the last program with shares has given, while strangers come and go.
    steering::MemberWeights served;
  };
  // See Refresh.
  absl::StatusOr<bool> Look();
  void Attach(const Inodes& going = {});
  std::vector<uint32_t> WeightsInDoubt(const steering::MemberWeights& wanted) const;
  void NoteServers(const std::vector<uint32_t>& weights);
  void Cover(const rollout::Weights& weights);
  void RemovePlaceholders();
  void RemoveAllPlaceholders();
  bool RemoveOneBehind();
  bool RemoveOneInAHole();
  bool ExchangeForTheOnlyServer(uint64_t placeholder, const Inodes& behind);
  bool ServesAsBefore(const std::vector<uint64_t>& left) const;
  bool KeepsFormerProgram(bool order_known);
  std::vector<size_t> IndexesToProve() const;
  void OnAccepted(const std::vector<OrderProofs::Proof>& proofs);
  void Contradict(size_t index, uint64_t member);
  void NoteProgram(size_t members);
  steering::Family Family() const;

  os::SockDiag& diag_;
  const os::SocketAddress address_;
  GroupMembers members_;
  steering::GroupOrder order_;
  rollout::Weights weights_;
  Prospects prospects_;
  bool former_program_ = false;  // the program attached is a dead controller's
  std::optional<size_t> program_members_;
  std::function<void()> on_program_ = [] {};
  InForce in_force_;
  std::string trouble_;
  int64_t lapses_ = 0;
  ProbeRoute route_;
  OrderProofs proofs_;
  os::Timer give_up_;  // on the former program
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_GROUP_H_
