// What a fleet file says, with every default filled in.
//
// A key of the file is named in four places:
//   1. its parser, which names its type and bounds: fleet_file{,_worker,_process,_roll}.cc
//   2. its field here, with its default
//   3. the list of fields of fleet.state: controller/record/fleet_record_fields.h, where a field
//      that is missing does not compile
//   4. its description for users: docs/fleet-file.md
#ifndef ROLLPORT_FLEET_FILE_FLEET_SETTINGS_H_
#define ROLLPORT_FLEET_FILE_FLEET_SETTINGS_H_

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "os/process_settings.h"

namespace rollport::fleet_file {

// How the controller learns that a worker is ready.
enum class Ready {
  kNotify,     // READY=1 to NOTIFY_SOCKET
  kListening,  // its listener is seen
};

// An address's group cannot be steered if it has more members (steering/program.h).
inline constexpr int kMaxMembers = 1024;
// During a roll there is at least one replacement beside them.
inline constexpr int kMaxWorkers = kMaxMembers - 1;
// How many listeners such a fleet has on an address during a roll, if each worker has one.
constexpr int MostMembers(int workers, int surge) { return workers + std::min(workers, surge); }

// No setting is longer: the clock of the event loop counts nanoseconds in 64 bits.
inline constexpr absl::Duration kLongestWait = absl::Hours(24 * 365);

// Who binds a worker's listeners.
enum class Listener {
  kSelf,     // the executable
  kInherit,  // the worker's process before exec(2); the executable gets them as LISTEN_FDS
};

// Where a worker's stdout or stderr goes.
struct Output {
  enum class Kind { kLog, kNull, kFile };
  Kind kind = Kind::kLog;
  // kFile: absolute, with %s for the slot, %g for the generation and %% for %: see OutputPath.
  std::string path;
  friend bool operator==(const Output&, const Output&) = default;
};

struct WorkerSettings {
  std::vector<std::string> command;  // not empty; [0] as it was written: see ResolveExecutable
  Listener listener = Listener::kSelf;
  int listener_fd = 3;  // kInherit: the first of LISTEN_FDS; 0: the one listener is stdin
  Ready ready = Ready::kNotify;
  // Added to the controller's own; includes what `environment_file` says.
  std::map<std::string, std::string> env;
  int stop_signal = 15;  // SIGTERM
  // A worker that does not send WATCHDOG=1 for this long is killed; zero: no watchdog.
  absl::Duration watchdog;
  os::ProcessSettings process;  // its `cpus` is empty
  // Slot s may only use cpus[s % size]; empty: every slot may use what the controller may.
  std::vector<std::vector<int>> cpus;
  std::string working_dir;  // absolute; empty: the fleet file's folder
  // Where its own metrics are, as ResolveMetrics reads it; empty: it has none.
  std::string metrics;
  Output out;
  Output err;
  friend bool operator==(const WorkerSettings&, const WorkerSettings&) = default;
};

// The default of HealthSettings::steady_interval, so that the probes of a large fleet cost no more
// than those of 250 workers.
inline absl::Duration SteadyInterval(int workers) {
  return std::max(absl::Seconds(2), workers * absl::Milliseconds(8));
}

struct HealthSettings {
  std::string path = "/healthz";  // expects 2xx; empty: that it accepts a TCP connection is enough
  absl::Duration interval = absl::Milliseconds(200);
  // Of a worker that serves and whose probes are good, instead of `interval`, if it is longer.
  absl::Duration steady_interval = SteadyInterval(1);
  absl::Duration timeout = absl::Seconds(1);
  int healthy_after = 2;
  int unhealthy_after = 3;
  friend bool operator==(const HealthSettings&, const HealthSettings&) = default;
};

// The first replacement of a roll is held at this share of all new connections before the roll
// continues.
struct CanaryStep {
  double per_cent = 0;  // see CheckCanary
  absl::Duration hold;  // infinite: until `rollport resume`
  friend bool operator==(const CanaryStep&, const CanaryStep&) = default;
};

struct RollSettings {
  int surge = 1;  // replacements under way at once
  absl::Duration min_healthy_time = absl::Seconds(1);
  // How long new workers are watched before the verdict; without a value, min_healthy_time.
  std::optional<absl::Duration> watch;
  absl::Duration healthy_deadline = absl::Seconds(30);
  absl::Duration handshake_timeout = absl::Seconds(3);
  absl::Duration drain_timeout = absl::Seconds(30);
  bool auto_revert = true;
  std::vector<CanaryStep> canary;
  // A canary is compared with the former generation over the requests since its step began, as soon
  // as it has had this many.
  int canary_min_requests = 100;
  // It is worse if its 5xx rate exceeds the former generation's by more than this many percentage
  // points,
  double canary_errors = 1;
  // or if its p90 latency is more than this many times the former generation's, and over 1 ms
  // higher.
  double canary_latency = 2;
  int keep_generations = 5;  // 1 or more
  friend bool operator==(const RollSettings&, const RollSettings&) = default;
};

struct FleetSettings {
  std::string file;       // the fleet file's absolute path
  std::string directory;  // its folder, absolute: what relative paths are relative to
  std::string name;
  std::vector<std::string> listen;  // not empty; each is read by os::SocketAddress::Parse
  int workers = 1;
  std::string admin;  // as `listen`, or empty: off
  // By what else requests to `admin` may call it: names and IP addresses without ports.
  std::vector<std::string> admin_hosts;
  std::string state_dir;  // absolute
  WorkerSettings worker;
  HealthSettings health;
  RollSettings roll;
  friend bool operator==(const FleetSettings&, const FleetSettings&) = default;
};

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_FLEET_SETTINGS_H_
