// What the command line says.
#ifndef ROLLPORT_HTTPD_SETTINGS_H_
#define ROLLPORT_HTTPD_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rollport::httpd {

// A failure on purpose, to test what a roll does about it.
struct Fault {
  enum class Kind {
    kNone,
    kExitAtStart,     // exits with status 1 before it listens
    kNeverReady,      // listens and serves, and never says READY=1
    kUnhealthy,       // answers /healthz with 500
    kHangAfterReady,  // says READY=1 and hangs; only SIGKILL ends it
    kExitAfter,       // exits with status 1 this long after it is ready
    kHangAfter,       // hangs this long after it is ready; only SIGKILL ends it
    kErrors,          // healthy; but every fifth request, probes apart, is answered with 500
    kSlow,            // healthy; but requests, probes apart, are answered this late
  };
  Kind kind = Kind::kNone;
  absl::Duration after;  // kExitAfter, kHangAfter, kSlow
};
// "exit-at-start", "never-ready", "unhealthy", "hang-after-ready", "errors", "exit-after=2s",
// "hang-after=2s", "slow=50ms".
absl::StatusOr<Fault> ParseFault(const std::string& text);

struct Settings {
  std::string root = ".";
  std::vector<std::string> listen = {"127.0.0.1:8080"};
  std::optional<std::string> access_log;  // "-": standard output
  bool show_generation = false;
  bool debug_endpoints = false;
  Fault fault;
  uint64_t max_body_bytes = 1 << 20;
  uint64_t cache_bytes = 8 << 20;
  absl::Duration drain_timeout = absl::Seconds(30);
};

// The settings; or, if there is nothing to serve, the exit status: 0 after --help and --version,
// and 2 after one line on stderr that says what is wrong.
std::variant<Settings, int> ParseCommandLine(int argc, const char* const* argv);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_SETTINGS_H_
