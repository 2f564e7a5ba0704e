// What the control API asks of a controller, in plain values. The API turns them into JSON
// (control_json.h); a test gives it a FleetControl of its own.
#ifndef ROLLPORT_API_FLEET_CONTROL_H_
#define ROLLPORT_API_FLEET_CONTROL_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "api/event_log.h"
#include "fleet_file/fleet_file_id.h"
#include "fleet_file/fleet_settings.h"
#include "os/netstat.h"

namespace rollport::api {

struct WorkerStatus {
  int slot = 0;
  pid_t pid = 0;
  int64_t generation = 0;
  std::string state;  // rollout::Name(WorkerState): "starting", "serving", "draining", …
  double share = 0;   // 0 to 1
  // nullopt if sock_diag(7) is refused.
  std::optional<int64_t> accept_queue;
  // As the worker counts them; else those that the kernel and /proc show, as of some seconds ago at
  // most. nullopt if its descriptors may not be looked at.
  std::optional<int64_t> connections;
  bool counts = false;  // it counts in a page of shared memory: its requests, what it cut, …
  absl::Duration uptime;
  std::string status_text;  // what it said last by STATUS= of sd_notify; mostly empty
  std::string trouble;      // what its last probe got, if that failed; else empty
};

// The last failure in a slot.
struct SlotFailure {
  int slot = 0;
  int64_t generation = 0;  // of the worker that failed
  std::string reason;
  absl::Duration ago;
  friend bool operator==(const SlotFailure&, const SlotFailure&) = default;
};

// How far a canary is.
struct CanaryProgress {
  int step = 0;                             // 1 is the first
  int of = 0;                               // steps
  double share = 0;                         // 0 to 1, of all new connections
  std::optional<absl::Duration> remaining;  // of the step; nullopt: until it is resumed
  friend bool operator==(const CanaryProgress&, const CanaryProgress&) = default;
};

// What is under way: a roll, or another change that takes the same steps.
struct RollProgress {
  int64_t number = 0;
  std::string kind = "roll";  // or "undo", "scale", "restart"
  int64_t from = 0;           // generations
  int64_t to = 0;             //
  std::string phase;          // rollout::Name(FleetState): "rolling", "paused", "reverting"
  std::string reason;         // why it is paused or reverting; empty otherwise
  int replaced = 0;           // slots that are as the roll wants them
  int of = 0;                 // slots
  absl::Duration elapsed;
  std::optional<CanaryProgress> canary;  // while there is a canary
  friend bool operator==(const RollProgress&, const RollProgress&) = default;
};

struct FleetStatus {
  std::string name;
  std::vector<std::string> listen;
  pid_t controller_pid = 0;
  int64_t generation = 0;  // what the whole fleet runs; during a roll, what it came from
  std::string state;       // rollout::Name(FleetState)
  int slots = 0;           // open ones
  int healthy_slots = 0;   // those that a healthy worker serves
  // Those that a worker of another generation than `generation` serves while nothing is rolled, as
  // when a roll could not go back everywhere. They are replaced.
  int outdated_slots = 0;
  std::string steering;         // "cbpf" or "hash"
  std::string steering_reason;  // why it is "hash"; empty otherwise
  bool migrate_requests = false;
  std::vector<WorkerStatus> workers;  // by slot, then by age; draining ones too
  int64_t foreign_listeners = 0;      // in our groups, and not ours
  // What the kernel has dropped at the fleet's own listeners: SYNs and last ACKs of handshakes. A
  // client that tries again is counted again. Since the controller began; of workers that it took
  // over, since they listen.
  int64_t listener_drops = 0;
  // By slot; of each slot in which no worker has been admitted since.
  std::vector<SlotFailure> failures;
  // On our addresses, but in groups of their own, which may get every connection: who and where.
  std::vector<std::string> stray_listeners;
  std::string record_trouble;  // why fleet.state cannot be written; empty if it can
  std::optional<RollProgress> roll;
};

// What a worker has counted since its launch.
struct WorkerCounts {
  pid_t pid = 0;
  int64_t requests = 0;
  int64_t errors = 0;  // of the requests: those with a 5xx answer
  // The durations of requests: how many of them fell into each bucket; shorter than the list of
  // buckets if the last ones are empty.
  std::vector<int64_t> latency;
  friend bool operator==(const WorkerCounts&, const WorkerCounts&) = default;
};

struct FleetCounts {
  // The buckets' lower bounds in seconds, rising. The first bucket holds shorter durations too.
  std::vector<double> latency_from;
  std::vector<WorkerCounts> workers;  // those that count in a page of shared memory
};

// A generation that was taken, and is not forgotten yet.
struct GenerationRecord {
  int64_t number = 0;
  std::vector<std::string> command;
  absl::Time taken;
  bool current = false;  // what the whole fleet runs
  bool served = false;   // the whole fleet has run it once
  std::string not_kept;  // why its bytes are not kept; empty if they are
};

// One worker's stay in one state.
struct PhaseRecord {
  int slot = 0;
  int64_t generation = 0;
  std::string phase;     // rollout::Name(WorkerState)
  absl::Duration start;  // since the roll began
  absl::Duration length;
};

// What the kernel had counted in the controller's network namespace when the roll began, and by its
// verdict (or now). The listeners of other processes are counted too.
struct KernelLedger {
  os::TcpCounters before;
  os::TcpCounters after;
};

// A roll of the past, or the one under way.
struct RollRecord {
  int64_t number = 0;
  std::string kind;  // as RollProgress::kind
  int64_t from = 0;
  int64_t to = 0;
  absl::Time began;
  std::optional<Verdict> verdict;   // nullopt while it is under way
  std::vector<PhaseRecord> phases;  // by start
  // Counted until the verdict.
  int64_t handed_over = 0;
  KernelLedger kernel;
};

struct FleetHistory {
  std::vector<GenerationRecord> generations;  // oldest first
  std::vector<RollRecord> rolls;              // oldest first, the last 50
};

struct RollRequest {
  // Without it, what the fleet file and the executable on disk are now.
  std::optional<std::vector<std::string>> command;
  // Without it, the fleet file's. Empty: no canary.
  std::optional<std::vector<fleet_file::CanaryStep>> canary;
  friend bool operator==(const RollRequest&, const RollRequest&) = default;
};

// All calls are made in the controller's own loop and return at once.
class FleetControl {
 public:
  virtual ~FleetControl() = default;

  // The fleet file that this controller runs, as it last read it.
  virtual fleet_file::FleetFileId File() = 0;
  virtual FleetStatus Status() = 0;
  virtual FleetCounts Counts() = 0;
  // The changes of a fleet. Each begins at once and returns its number; events() has its events
  // under that number until its verdict. If one of these errors is returned, nothing has changed:
  //   kInvalidArgument: the request, or the fleet file ("FILE:LINE: …"), is wrong, whatever the
  //   fleet is doing
  //   kFailedPrecondition: another change is under way, the fleet is starting or stopping, or it
  //   has no such slot or generation
  //
  // Replaces every worker.
  virtual absl::StatusOr<int64_t> Roll(RollRequest request) = 0;
  // Goes back to generation `to`; without it, to the newest earlier one that the whole fleet has
  // run.
  virtual absl::StatusOr<int64_t> Undo(std::optional<int64_t> to) = 0;
  // Changes the number of workers.
  virtual absl::StatusOr<int64_t> Scale(int workers) = 0;
  // Replaces one worker by another one of its generation.
  virtual absl::StatusOr<int64_t> Restart(int slot) = 0;

  // Pause the roll under way; continue it (also from a canary step without an end); revert it.
  // kFailedPrecondition if there is nothing to pause, resume or abort.
  virtual absl::Status Pause() = 0;
  virtual absl::Status Resume() = 0;
  virtual absl::Status Abort() = 0;

  virtual FleetHistory History() = 0;
  // Begins to drain every worker; then the controller ends.
  virtual void Stop() = 0;
  // The log that this controller appends to.
  virtual EventLog& events() = 0;
};

}  // namespace rollport::api

#endif  // ROLLPORT_API_FLEET_CONTROL_H_
