// What a fleet file says, with every default filled in.
#ifndef ROLLPORT_FLEET_FILE_FLEET_SETTINGS_H_
#define ROLLPORT_FLEET_FILE_FLEET_SETTINGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "os/process_settings.h"

namespace rollport::fleet_file {

// How a worker is known to be ready.
enum class Ready {
  kNotify,     // READY=1 to NOTIFY_SOCKET
  kListening,  // its listener is seen
};

// A fleet's groups are walked by a classic BPF program of at most 4096 instructions.
inline constexpr int kMaxWorkers = 1024;

// No setting is longer: the clock of the event loop counts nanoseconds in 64 bits.
inline constexpr absl::Duration kLongestWait = absl::Hours(24 * 365);

// Who binds a worker's listeners.
enum class Listener {
  kSelf,     // the program
  kInherit,  // the worker's process before the program is executed, which gets them as LISTEN_FDS
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
  // On top of the controller's own; what `environment_file` says is in it.
  std::map<std::string, std::string> env;
  int stop_signal = 15;  // SIGTERM
  // A worker that does not say WATCHDOG=1 for so long is killed; zero: nobody asks.
  absl::Duration watchdog;
  os::ProcessSettings process;  // its `cpus` is empty
  // Slot s may use cpus[s % size] only; empty: every slot what the controller may use.
  std::vector<std::vector<int>> cpus;
  std::string working_dir;  // absolute; empty: the fleet file's folder
  // Where its own metrics are, as ResolveMetrics reads it; empty: it has none to show.
  std::string metrics;
  Output out;
  Output err;
  friend bool operator==(const WorkerSettings&, const WorkerSettings&) = default;
};

struct HealthSettings {
  std::string path = "/healthz";  // expects 2xx; empty: a TCP connection is enough
  absl::Duration interval = absl::Milliseconds(200);
  absl::Duration timeout = absl::Seconds(1);
  int healthy_after = 2;
  int unhealthy_after = 3;
  friend bool operator==(const HealthSettings&, const HealthSettings&) = default;
};

// The first replacement of a roll is held at a share of all new connections before the roll goes
// on.
struct CanaryStep {
  double per_cent = 0;  // above 0, below 100; steps of a canary go up
  absl::Duration hold;  // infinite: until a person says `resume`
  friend bool operator==(const CanaryStep&, const CanaryStep&) = default;
};

struct RollSettings {
  int surge = 1;  // replacements under way at once
  absl::Duration min_healthy_time = absl::Seconds(1);
  absl::Duration healthy_deadline = absl::Seconds(30);
  absl::Duration handshake_timeout = absl::Seconds(3);
  absl::Duration drain_timeout = absl::Seconds(30);
  bool auto_revert = true;
  std::vector<CanaryStep> canary;
  // A canary is judged by its requests since its step began, against the former generation's since
  // then, as soon as it has had this many.
  int canary_min_requests = 100;
  // It is worse where the part of its answers that are 5xx is above the former generation's by more
  // than so many hundredths,
  double canary_errors = 1;
  // or where 90 % of its requests take so many times as long as 90 % of the former generation's.
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
  std::string admin;      // as `listen`, or empty: off
  std::string state_dir;  // absolute
  WorkerSettings worker;
  HealthSettings health;
  RollSettings roll;
  friend bool operator==(const FleetSettings&, const FleetSettings&) = default;
};

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_FLEET_SETTINGS_H_
