#include "fleet_file/fleet_file_worker.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "fleet_file/environment_file.h"
#include "fleet_file/executable.h"
#include "fleet_file/metrics_place.h"
#include "fleet_file/signal_names.h"
#include "fleet_file/suggest.h"
#include "protocol/variables.h"

namespace rollport::fleet_file {
namespace {

// Far more than any fleet has, and few enough for the descriptors that os::LaunchSpec keeps free.
constexpr size_t kMaxInheritedListeners = 64;

void ReadCommand(TomlTable& worker, const std::string& directory, WorkerSettings* out) {
  std::vector<uint32_t> lines;
  const uint32_t line = worker.Strings("command", &out->command, &lines);
  if (worker.Node("command") == nullptr) return worker.Missing("command");
  if (line == 0) return;
  if (out->command.empty()) return worker.Wrong(line, "command", "the list is empty");
  const auto executable = ResolveExecutable(out->command[0], directory);
  if (!executable.ok()) worker.Wrong(lines[0], "command", ToStd(executable.status().message()));
}

void ReadVariables(TomlTable& worker, const std::string& directory, WorkerSettings* out) {
  std::string path;
  const uint32_t line = worker.String("environment_file", &path);
  if (line == 0) return;
  auto variables = ReadEnvironmentFile(PathIn(directory, path));
  if (!variables.ok()) {
    return worker.Wrong(line, "environment_file", ToStd(variables.status().message()));
  }
  for (const auto& [name, value] : *variables) {
    if (!protocol::IsOfProtocol(name)) continue;
    worker.Wrong(line, "environment_file",
                 absl::StrCat(path, ": \"", name, "\" is set by rollport itself"));
  }
  out->env = *std::move(variables);
}

void ReadEnv(TomlTable& worker, WorkerSettings* out) {
  std::map<std::string, std::string> env;
  std::map<std::string, uint32_t> lines;
  worker.StringMap("env", &env, &lines);
  for (const auto& [name, value] : env) {
    if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != name.npos) {
      worker.Wrong(lines[name], "env", absl::StrCat("\"", name, "\" is not a variable's name"));
    }
    if (protocol::IsOfProtocol(name)) {
      worker.Wrong(lines[name], "env", absl::StrCat("\"", name, "\" is set by rollport itself"));
    }
    out->env[name] = value;
  }
}

void ReadListener(TomlTable& worker, size_t addresses, WorkerSettings* out) {
  int listener = 0;
  const uint32_t line = worker.Choice("listener", {"self", "inherit"}, &listener);
  out->listener = listener == 1 ? Listener::kInherit : Listener::kSelf;
  if (listener == 1 && addresses > kMaxInheritedListeners) {
    worker.Wrong(line, "listener",
                 absl::StrCat("\"inherit\" allows up to ", kMaxInheritedListeners,
                              " addresses, and the fleet has ", addresses));
  }
  const uint32_t fd_line = worker.Int("listener_fd", 0, 3, &out->listener_fd);
  if (fd_line == 0) return;
  if (out->listener_fd != 0 && out->listener_fd != 3) {
    worker.Wrong(fd_line, "listener_fd", absl::StrCat(out->listener_fd, " is neither 0 nor 3"));
  } else if (listener == 0) {
    worker.Wrong(fd_line, "listener_fd", "needs listener = \"inherit\"");
  } else if (out->listener_fd == 0 && addresses > 1) {
    worker.Wrong(fd_line, "listener_fd",
                 absl::StrCat("standard input is one listener, and the fleet has ", addresses,
                              " addresses"));
  }
}

void ReadStopSignal(TomlTable& worker, WorkerSettings* out) {
  std::string signal = "TERM";
  const uint32_t line = worker.String("stop_signal", &signal);
  if (const auto number = SignalNumber(signal); number.has_value()) {
    out->stop_signal = *number;
  } else {
    worker.Wrong(line, "stop_signal",
                 absl::StrCat("\"", signal, "\" is not one of ", absl::StrJoin(SignalNames(), ", "),
                              DidYouMean(signal, SignalNames())));
  }
}

void ReadMetrics(TomlTable& worker, WorkerSettings* out) {
  const uint32_t line = worker.String("metrics", &out->metrics);
  if (line == 0 || out->metrics.empty()) return;
  const absl::StatusOr<MetricsPlace> place = ResolveMetrics(out->metrics, 0);
  if (!place.ok()) worker.Wrong(line, "metrics", ToStd(place.status().message()));
}

}  // namespace

void ReadWorker(TomlTable worker, const std::string& directory, size_t addresses,
                WorkerSettings* out) {
  ReadCommand(worker, directory, out);
  ReadListener(worker, addresses, out);
  int ready = 0;
  worker.Choice("ready", {"notify", "listening"}, &ready);
  out->ready = ready == 1 ? Ready::kListening : Ready::kNotify;
  ReadVariables(worker, directory, out);
  ReadEnv(worker, out);
  ReadStopSignal(worker, out);
  worker.Duration("watchdog", absl::Milliseconds(100), &out->watchdog);
  ReadProcess(worker, directory, out);
  ReadMetrics(worker, out);
  worker.RefuseOthers();
}

}  // namespace rollport::fleet_file
