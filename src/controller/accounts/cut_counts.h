// How many connections were cut by workers that do not count them in a page: servers that are not
// written with the library. The kernel's tables tell.
//
// A worker that is told to stop has no share. So, apart from what still waits in its accept queue,
// which is not counted here, it can cut what it holds at that moment and no more: as it resets a
// connection, as it closes one without an answer to what came last, or as it is killed. A
// connection that it closed in the middle of an answer cannot be told from one that it finished;
// and one that the client left before its answer, while the worker was draining, counts as cut.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_CUT_COUNTS_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_CUT_COUNTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/strong_int.h"
#include "controller/process/worker_process.h"
#include "os/address.h"
#include "os/closed_connections.h"
#include "os/deferred.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"

namespace rollport::controller {

// The connections in one of `states`, a mask of 1 << TCP_…, that the worker's processes have
// accepted on `listen` and hold, without our own.
absl::StatusOr<std::vector<os::ConnectionInfo>> ConnectionsHeldBy(
    os::SockDiag& diag, const WorkerProcess& worker, const std::vector<os::SocketAddress>& listen,
    uint32_t states);

class CutCounts {
 public:
  // Both are borrowed.
  CutCounts(os::EventLoop& loop, os::SockDiag& diag) : loop_(loop), diag_(diag), stop_(loop) {}

  // The worker, which listens on `listen`, is about to be told to stop: follows each connection
  // that it holds. `answers`: it speaks a protocol in which a client waits for an answer, such as
  // HTTP. Reads /proc of its processes, a microsecond for each descriptor that they have open,
  // unless the port has no connection at all.
  void NoteStopping(const WorkerProcess& worker, const std::vector<os::SocketAddress>& listen,
                    bool answers);
  // It was told to stop by a former controller: what it has cut since is not known.
  void NoteStoppedBefore(const WorkerProcess& worker);
  // It is about to be killed: every established connection that one of its processes holds is cut.
  // The same cost.
  void NoteKilling(const WorkerProcess& worker, const std::vector<os::SocketAddress>& listen);
  // How many the worker, which has ended like this, has cut, by what was noted; nullopt if that is
  // not known. May wait for the kernel's word, 50 ms at most. Forgets the worker.
  std::optional<int64_t> Take(const WorkerProcess& worker, const os::ExitStatus& how);

 private:
  struct Account {
    // By cookie: what it held when it was told to stop, as far as the end is not known.
    std::map<uint64_t, os::ConnectionInfo> open;
    int64_t cut = 0;
    bool known = true;
    bool answers = true;
    bool held_any = false;  // when it was told to stop
    bool killed = false;

    void Note(os::ClosedConnection::Ending ending);
  };
  // Hears of the ends of connections from now on.
  absl::Status ListenFor(const std::vector<os::SocketAddress>& listen);
  void Hear();
  void StopListeningIfDone();
  // Until it is known of each connection how it ended, but not for ever: then the sum is not known.
  void AwaitEnds(Account& account);
  void DropLiving(Account& account);

  os::EventLoop& loop_;
  os::SockDiag& diag_;
  std::map<WorkerId, Account> accounts_;
  std::vector<uint16_t> ports_;  // those of `closed_`
  std::optional<os::ClosedConnections> closed_;
  std::unique_ptr<os::FdWatch> watch_;
  os::Deferred stop_;  // a watch must not destroy itself
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_CUT_COUNTS_H_
