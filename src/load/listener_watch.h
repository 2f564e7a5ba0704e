// The second judge: looks at the kernel's table of listeners again and again, and tells whether
// every look found one that was accepting.
#ifndef ROLLPORT_LOAD_LISTENER_WATCH_H_
#define ROLLPORT_LOAD_LISTENER_WATCH_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/instant.h"
#include "load/histogram.h"
#include "os/address.h"
#include "os/sock_diag.h"

namespace rollport::load {

// What was seen of one address. Pure: the looking is done by ListenerWatch.
class WatchTally {
 public:
  static constexpr size_t kMaxViolations = 1000;

  struct Violation {
    Instant from;  // the first look that found no listener
    Instant to;    // the last such look in a row
  };

  // One look: how many listeners there were, and how many of them had room for another connection.
  // Looks before the first listener was seen do not count: the fleet has not started yet.
  // REQUIRES: `now` does not go backwards.
  void Look(Instant now, int listeners, int with_room, uint64_t queued);

  uint64_t looks() const { return looks_; }
  uint64_t empty_looks() const { return empty_looks_; }  // no listener
  uint64_t full_looks() const { return full_looks_; }    // listeners, but every queue full
  const std::vector<Violation>& violations() const { return violations_; }
  // How many looks found this many listeners, by their number.
  const std::map<int, uint64_t>& listeners() const { return listeners_; }
  uint64_t max_queued() const { return max_queued_; }
  // The time from one look to the next: what happened meanwhile was not seen.
  const Histogram& gaps() const { return gaps_; }

 private:
  uint64_t looks_ = 0;
  uint64_t empty_looks_ = 0;
  uint64_t full_looks_ = 0;
  bool empty_ = false;
  Instant last_;
  std::vector<Violation> violations_;
  std::map<int, uint64_t> listeners_;
  uint64_t max_queued_ = 0;
  Histogram gaps_;
};

class ListenerWatch {
 public:
  // Looks at each of `addresses`: only listeners bound to that very address count.
  static absl::StatusOr<ListenerWatch> Create(std::vector<os::SocketAddress> addresses);

  // One look at every address.
  absl::Status Look(Instant now);

  // "outcome" is "clean", "violated", or "unknown" if no listener was ever seen; times are seconds
  // since `start`, which was `wall_start` on the wall clock.
  std::string JsonReport(Instant start, absl::Time wall_start) const;
  // For these three 0, 1 and 3, as rollport-load's.
  int exit_status() const;

 private:
  ListenerWatch(os::SockDiag diag, std::vector<os::SocketAddress> addresses);

  os::SockDiag diag_;
  std::vector<os::SocketAddress> addresses_;
  std::vector<WatchTally> tallies_;  // of addresses_, in their order
};

// The command rollport-watch: looks until SIGINT, SIGTERM or --duration, and prints the report.
int WatchMain(int argc, const char* const* argv);

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_LISTENER_WATCH_H_
