#include "fleet_file/signal_names.h"

#include <array>
#include <csignal>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/strings.h"

namespace rollport::fleet_file {
namespace {

// Numbers differ from one architecture to another, hence the macros.
constexpr std::array<std::pair<std::string_view, int>, 12> kSignals = {{
    {"TERM", SIGTERM},
    {"QUIT", SIGQUIT},
    {"INT", SIGINT},
    {"HUP", SIGHUP},
    {"USR1", SIGUSR1},
    {"USR2", SIGUSR2},
    {"WINCH", SIGWINCH},
    {"ALRM", SIGALRM},
    {"ABRT", SIGABRT},
    {"PIPE", SIGPIPE},
    {"PWR", SIGPWR},
    {"IO", SIGIO},
}};

}  // namespace

std::optional<int> SignalNumber(std::string_view name) {
  if (name.substr(0, 3) == "SIG") name.remove_prefix(3);
  for (const auto& [known, number] : kSignals) {
    if (name == known) return number;
  }
  if (name == "RTMIN") return SIGRTMIN;
  if (name.substr(0, 6) != "RTMIN+") return std::nullopt;
  int offset = 0;
  if (!absl::SimpleAtoi(ToAbsl(name.substr(6)), &offset)) return std::nullopt;
  if (offset < 0 || offset > SIGRTMAX - SIGRTMIN) return std::nullopt;
  return SIGRTMIN + offset;
}

std::vector<std::string> SignalNames() {
  std::vector<std::string> names;
  names.reserve(kSignals.size() + 1);
  for (const auto& [name, unused] : kSignals) names.emplace_back(name);
  names.emplace_back("RTMIN");
  return names;
}

}  // namespace rollport::fleet_file
