// What workers do per second: from what they had counted a moment ago, and what they have now.
#ifndef ROLLPORT_CLI_TOP_RATES_H_
#define ROLLPORT_CLI_TOP_RATES_H_

#include <sys/types.h>

#include <map>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "api/fleet_control.h"

namespace rollport::cli {

// Of one worker, or of all together, over the time between two looks.
struct Rates {
  double requests = 0;  // per second
  double errors = 0;    // per second: answers with 5xx
  // The duration that 50 and 99 of 100 requests did not exceed, to within a quarter; without
  // requests nullopt.
  std::optional<absl::Duration> p50;
  std::optional<absl::Duration> p99;
};

class TopRates {
 public:
  // What the workers have counted at `now`. A worker that was not there before has counted all of
  // it since. The first look only begins.
  void Note(absl::Time now, const api::FleetCounts& counts);

  // nullopt before the second look, and for a worker that counts nothing.
  std::optional<Rates> Of(pid_t pid) const;
  std::optional<Rates> All() const { return all_; }
  // The requests per second of all workers at each look, oldest first; at most kRemembered.
  const std::vector<double>& past() const { return past_; }
  static constexpr size_t kRemembered = 600;

 private:
  std::map<pid_t, api::WorkerCounts> before_;
  std::optional<absl::Time> looked_;
  std::map<pid_t, Rates> workers_;
  std::optional<Rates> all_;
  std::vector<double> past_;
};

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_TOP_RATES_H_
