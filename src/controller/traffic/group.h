// One address's SO_REUSEPORT group as the controller follows it: who is in it, in which order, and
// which program steers it.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_GROUP_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_GROUP_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/strong_int.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/probe.h"
#include "os/address.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"
#include "steering/group_order.h"
#include "steering/program.h"

namespace rollport::controller {

struct GroupMember {
  std::optional<SocketOwner> owner;  // nullopt: a foreign listener
  uint32_t accept_queue = 0;
  uint32_t accept_limit = 0;
  int searches = 0;  // for the owner, in vain

  // nullopt: nobody of ours.
  std::optional<WorkerId> worker() const {
    return owner.has_value() ? std::optional(owner->worker) : std::nullopt;
  }
};

class Group {
 public:
  Group(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, os::SocketAddress address);

  const os::SocketAddress& address() const { return address_; }
  // Where probes connect to: the address, or the loopback address for a wildcard.
  os::SocketAddress ProbeServer() const;

  // Reads the kernel's table and follows it. A listener whose worker is gone (a child of the worker
  // still holds it) is shut down: it would swallow connections. True if members came or went.
  absl::StatusOr<bool> Refresh();
  // By inode.
  const std::map<uint64_t, GroupMember>& members() const { return members_; }
  bool Has(WorkerId worker) const;
  uint32_t AcceptQueue(WorkerId worker) const;
  int Foreign() const;

  // Steers by these weights from now on, also when the order changes. While the order is in doubt
  // the kernel's hash chooses, and probes are sent to prove the order again.
  void Steer(const std::map<WorkerId, uint32_t>& weights);
  // The group is there already, and the program of a dead controller steers it. Keeps that program
  // until shares are requested and probes led by it have proven the order. After 1 s, assumes that
  // there is none. REQUIRES: before the first Refresh().
  void TakeOver();
  // A probe has shown that the order is not what we believe.
  void Doubt();

  bool certain() const { return order_.certain(); }
  // True while the program that is attached gives exactly the weights asked for.
  bool steered() const { return steered_; }
  // Why no program could be attached; empty while all is well.
  const std::string& trouble() const { return trouble_; }
  // Goes up whenever connections may have gone by the kernel's hash to a member without a share.
  int64_t lapses() const { return lapses_; }
  // The source address from which a connection reaches this worker only; nullopt while that is not
  // known.
  std::optional<os::SocketAddress> ProbeSource(WorkerId worker);

 private:
  // True where somebody has come, or an owner was found.
  bool AddNew(const std::vector<os::ListenerInfo>& listeners);
  void EvictOrphans();
  void Attach();
  bool KeepsFormerProgram(bool order_known);
  absl::Status AttachThroughAnyMember(const steering::Program& program);
  bool FindAgain(uint64_t inode, GroupMember* member);
  absl::Status AttachThrough(const SocketOwner& owner, uint64_t inode,
                             const steering::Program& program);
  void Prove();
  void ProveIndex(size_t index);
  void NoteProof(size_t index, uint64_t connection);
  // The member in doubt, by inode, whose process has accepted this connection (an inode too).
  std::optional<uint64_t> WhoAccepted(uint64_t connection);
  os::SocketAddress SourceFor(size_t index);
  steering::Family Family() const;

  os::EventLoop& loop_;
  os::SockDiag& diag_;
  WorkerTable& workers_;
  const os::SocketAddress address_;
  std::map<uint64_t, GroupMember> members_;
  steering::GroupOrder order_;
  std::map<WorkerId, uint32_t> weights_;
  bool former_program_ = false;  // the program attached is a dead controller's
  bool steered_ = false;
  std::string trouble_;
  int64_t lapses_ = 0;
  int64_t changes_ = 0;  // of the membership
  unsigned probe_turn_ = 0;
  std::map<size_t, std::unique_ptr<Probe>> proofs_;  // under way, by index
  os::Timer prove_again_;
  os::Timer give_up_;  // on the former program
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_GROUP_H_
