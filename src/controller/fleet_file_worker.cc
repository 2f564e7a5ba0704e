#include "controller/fleet_file_worker.h"

#include <map>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "controller/program.h"
#include "controller/signal_names.h"
#include "controller/suggest.h"

namespace rollport::controller {
namespace {

void ReadCommand(TomlTable& worker, const std::string& directory, WorkerSettings* out) {
  std::vector<uint32_t> lines;
  const uint32_t line = worker.Strings("command", &out->command, &lines);
  if (worker.Node("command") == nullptr) return worker.Missing("command");
  if (line == 0) return;
  if (out->command.empty()) return worker.Wrong(line, "command", "the list is empty");
  const auto program = ResolveProgram(out->command[0], directory);
  if (!program.ok()) worker.Wrong(lines[0], "command", ToStd(program.status().message()));
}

void ReadEnv(TomlTable& worker, WorkerSettings* out) {
  std::map<std::string, uint32_t> lines;
  worker.StringMap("env", &out->env, &lines);
  for (const auto& [name, unused] : out->env) {
    if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != name.npos) {
      worker.Wrong(lines[name], "env", absl::StrCat("\"", name, "\" cannot name a variable"));
    }
    // Of the protocol between controller and worker: DESIGN section 5.
    if (absl::StartsWith(name, "ROLLPORT_") || absl::StartsWith(name, "LISTEN_") ||
        name == "NOTIFY_SOCKET") {
      worker.Wrong(lines[name], "env", absl::StrCat("\"", name, "\" is set by rollport itself"));
    }
  }
}

}  // namespace

void ReadWorker(TomlTable worker, const std::string& directory, WorkerSettings* out) {
  ReadCommand(worker, directory, out);
  int listener = 0;
  const uint32_t listener_line = worker.Choice("listener", {"self", "inherit"}, &listener);
  if (listener == 1) {
    worker.Wrong(
        listener_line, "listener",
        "this release cannot pass listeners on; the program must bind by itself (\"self\")");
  }
  int ready = 0;
  worker.Choice("ready", {"notify", "listening"}, &ready);
  out->ready = ready == 1 ? Ready::kListening : Ready::kNotify;
  ReadEnv(worker, out);
  std::string signal = "TERM";
  const uint32_t signal_line = worker.String("stop_signal", &signal);
  if (const auto number = SignalNumber(signal); number.has_value()) {
    out->stop_signal = *number;
  } else {
    worker.Wrong(signal_line, "stop_signal",
                 absl::StrCat("\"", signal, "\" is not one of ", absl::StrJoin(SignalNames(), ", "),
                              DidYouMean(signal, SignalNames())));
  }
  worker.RefuseOthers();
}

}  // namespace rollport::controller
