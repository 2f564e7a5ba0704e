// What the control API asks of a controller, as plain values. The API (control_api.h) turns them
// into JSON; a test serves it from a Backend of its own.
#ifndef ROLLPORT_CONTROLLER_BACKEND_H_
#define ROLLPORT_CONTROLLER_BACKEND_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "controller/event_log.h"

namespace rollport::controller {

struct WorkerStatus {
  int slot = 0;
  pid_t pid = 0;
  int64_t generation = 0;
  std::string state;  // rollout::Name(WorkerState): "starting", "serving", "draining", …
  double share = 0;   // 0 to 1
  // Not known where sock_diag(7) is refused.
  std::optional<int64_t> accept_queue;
  // Not known of a program that keeps no page of counts.
  std::optional<int64_t> connections;
  absl::Duration uptime;
  std::string status_text;  // what it says of itself (STATUS= of sd_notify); mostly empty
};

// The roll under way.
struct RollProgress {
  int64_t number = 0;
  int64_t from = 0;   // generations
  int64_t to = 0;     //
  std::string phase;  // rollout::Name(FleetState): "rolling", "paused", "reverting"
  int replaced = 0;   // slots served by `to`
  int of = 0;         // slots
  absl::Duration elapsed;
  friend bool operator==(const RollProgress&, const RollProgress&) = default;
};

struct FleetStatus {
  std::string name;
  std::vector<std::string> listen;
  pid_t controller_pid = 0;
  int64_t generation = 0;       // what the whole fleet runs; during a roll, what it came from
  std::string state;            // rollout::Name(FleetState)
  std::string steering;         // "cbpf" or "hash"
  std::string steering_reason;  // why it is "hash"; empty otherwise
  bool migrate_requests = false;
  std::vector<WorkerStatus> workers;  // by slot, then by age; draining ones too
  int64_t foreign_listeners = 0;      // in our groups, and not ours
  std::optional<RollProgress> roll;
};

// All calls come from the controller's own loop and return at once.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual FleetStatus Status() = 0;
  // Begins to replace every worker: by `command` or, without it, by what the fleet file and the
  // binary on disk now are. The number of the roll, under which events() tells of it. Errors:
  //   kInvalidArgument: the fleet file or the command is wrong ("FILE:LINE: …"); nothing changes
  //   kFailedPrecondition: another roll is under way, or the fleet is starting or stopping
  virtual absl::StatusOr<int64_t> Roll(std::optional<std::vector<std::string>> command) = 0;
  // Begins to drain every worker; then the controller ends.
  virtual void Stop() = 0;
  // Where this controller tells what happens.
  virtual EventLog& events() = 0;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_BACKEND_H_
