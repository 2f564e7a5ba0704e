// Addressed probes that prove the order of a group: one to each index in doubt, to see which member
// accepts it.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_ORDER_PROOFS_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_ORDER_PROOFS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "controller/traffic/probe.h"
#include "controller/traffic/probe_route.h"
#include "os/deferred.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"

namespace rollport::controller {

class OrderProofs {
 public:
  // The indexes that a probe may prove now.
  using InDoubt = std::function<std::vector<size_t>()>;
  // A probe that was sent to `index` is now this accepted connection (an inode).
  struct Proof {
    size_t index;
    uint64_t connection;
  };
  using OnAccepted = std::function<void(const std::vector<Proof>&)>;
  // Looks at the group again, and calls NoteChange if it has changed.
  using Look = std::function<void()>;
  // All references are borrowed.
  OrderProofs(os::EventLoop& loop, os::SockDiag& diag, ProbeRoute& route, InDoubt in_doubt,
              Look look, OnAccepted on_accepted);

  // Sends a probe to each index in doubt, unless one is under way to it. Goes on until no index is
  // in doubt.
  void Prove();
  // The group has changed: what the probes under way find proves nothing.
  void NoteChange() { ++changes_; }
  // How often it has.
  int64_t changes() const { return changes_; }

 private:
  void ProveIndex(size_t index);
  void OnProbe(size_t index, ProbeVerdict verdict, int64_t asked, uint64_t connection);
  void Judge();

  os::EventLoop& loop_;
  os::SockDiag& diag_;
  ProbeRoute& route_;
  const InDoubt in_doubt_;
  const Look look_;
  const OnAccepted on_accepted_;
  int64_t changes_ = 0;
  std::map<size_t, std::unique_ptr<Probe>> probes_;  // under way, by index
  // A probe that was accepted, and is kept until it is known whether it proves anything: its
  // connection shows by whom.
  struct Accepted {
    size_t index;
    int64_t asked;  // `changes_` as it was when it was sent
    uint64_t connection;
    std::unique_ptr<Probe> probe;
  };
  std::vector<Accepted> accepted_;
  os::Deferred judge_;
  os::Timer again_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_ORDER_PROOFS_H_
