// Real workers on real sockets, for the tests of the parts that watch them.
#ifndef ROLLPORT_TESTS_CONTROLLER_SUPPORT_LIVE_FLEET_H_
#define ROLLPORT_TESTS_CONTROLLER_SUPPORT_LIVE_FLEET_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "base/strong_int.h"
#include "controller/process/worker_table.h"
#include "os/address.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"
#include "os/unique_fd.h"
#include "protocol/mapped_page.h"
#include "tests/controller/support/puppet.h"

namespace rollport::controller {

class LiveFleet {
 public:
  LiveFleet();

  os::EventLoop& loop() { return *loop_; }
  os::SockDiag& diag() { return diag_; }
  WorkerTable& workers() { return workers_; }

  // A loopback address whose port no other test has: it stays bound. REQUIRES: `family` is one that
  // this machine has.
  os::SocketAddress NewAddress(int family = AF_INET);
  // Launches the next worker; its id is 1, 2, 3, … The worker is in the table until Reap.
  Puppet& Launch(SlotId slot = SlotId(0), GenerationId generation = GenerationId(1));
  Puppet& puppet(WorkerId worker) { return puppets_.at(worker); }
  // The worker's end of its channel, and its page.
  int channel(WorkerId worker) { return sides_.at(worker).channel.get(); }
  protocol::MappedPage& page(WorkerId worker) { return sides_.at(worker).page; }
  // Waits for the worker's end, which the test has brought about, and removes it from the table.
  os::ExitStatus Reap(WorkerId worker);
  // How the worker has ended; nullopt while it runs.
  std::optional<os::ExitStatus> ended(WorkerId worker) const;

  // Turns the loop until `condition` is true. False if it is not within 20 s.
  bool RunUntil(const std::function<bool()>& condition);
  // Turns the loop for this long: to see that something does not happen.
  void RunFor(absl::Duration time);

  // Connects to `server` and returns when the kernel has finished the handshake for the client.
  os::UniqueFd Connect(const os::SocketAddress& server,
                       const std::optional<os::SocketAddress>& source = std::nullopt);
  std::vector<os::UniqueFd> Connect(const os::SocketAddress& server, int times);

 private:
  // What a worker itself would hold.
  struct WorkerSide {
    os::UniqueFd channel;
    protocol::MappedPage page;
  };

  std::unique_ptr<os::EventLoop> loop_;
  os::SockDiag diag_;
  std::vector<os::UniqueFd> bound_;
  std::map<WorkerId, WorkerSide> sides_;
  std::map<WorkerId, Puppet> puppets_;
  std::map<WorkerId, os::ExitStatus> ended_;
  WorkerTable workers_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_SUPPORT_LIVE_FLEET_H_
