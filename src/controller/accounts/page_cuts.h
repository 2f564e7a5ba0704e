// How many connections were cut by workers that count them in a page. One that drains to its end
// has counted all of them itself. Of one that was killed, or has died while it left, the page says
// how many requests were under way; the kernel's table says what it had not read yet, and what its
// clients had not acknowledged. Both may mean the same connection. So what they say is not added
// up: if it is not clear from one of them alone, the sum is not known.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_PAGE_CUTS_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_PAGE_CUTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/strong_int.h"
#include "controller/process/worker_process.h"
#include "os/address.h"
#include "os/sock_diag.h"

namespace rollport::controller {

class PageCuts {
 public:
  // `diag` is borrowed.
  explicit PageCuts(os::SockDiag& diag) : diag_(diag) {}

  // The worker, which listens on `listen`, is about to be killed; `listening`: it has not left its
  // groups yet. Reads /proc of its processes, a microsecond for each descriptor that they have
  // open, unless the port has no connection at all. Does nothing if the worker keeps no page.
  void NoteKilling(const WorkerProcess& worker, const std::vector<os::SocketAddress>& listen,
                   bool listening);
  // False if the worker had left its groups when it was killed. Such a worker has accepted all that
  // waited in its accept queues.
  bool MayHaveListened(const WorkerProcess& worker) const;
  // How many the worker, which has ended, has cut; nullopt if that is not known. `stopping`: it had
  // been told to stop, or was doing so by itself. Forgets the worker. REQUIRES: its page is in use.
  std::optional<int64_t> Take(const WorkerProcess& worker, bool stopping);

 private:
  // What the page says.
  struct Counts {
    uint64_t cut = 0;
    uint64_t requests = 0;
    uint64_t open = 0;
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  // At the moment before the kill. The connections of the kernel's table: those of which something
  // was unread, so that they are reset; those whose client waits for an answer, though all that it
  // has sent was read; and those of which only the client's acknowledgement was missing.
  struct Account {
    Counts counts;
    bool listening = true;
    bool known = false;
    uint64_t unread = 0;
    uint64_t waiting = 0;
    uint64_t sending = 0;
  };
  static Counts Read(const WorkerProcess& worker);
  void Classify(const os::ConnectionInfo& connection, Account& account);
  static std::optional<uint64_t> LostByKill(const Account& account);

  os::SockDiag& diag_;
  std::map<WorkerId, Account> accounts_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_PAGE_CUTS_H_
