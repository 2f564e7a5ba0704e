#include "cli/status_text.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/format.h"

namespace rollport::cli {
namespace {

constexpr int kWidth = 80;
constexpr int kIndent = 2;

std::string OrDash(std::optional<int64_t> value) {
  return value.has_value() ? absl::StrCat(*value) : "-";
}

std::string Row(const controller::WorkerStatus& worker) {
  const std::string says = worker.status_text.empty() ? "" : Wrap(worker.status_text, kWidth, 7);
  return absl::StrFormat("%4d %8d %5d  %-10s %6.1f%% %6s %7s %8s\n%s", worker.slot, worker.pid,
                         worker.generation, worker.state, worker.share * 100,
                         OrDash(worker.accept_queue), OrDash(worker.connections),
                         Age(worker.uptime), says);
}

}  // namespace

std::string ProgressText(const controller::RollProgress& roll) {
  return absl::StrCat("roll ", roll.number, ": generation ", roll.from, " -> ", roll.to, ", ",
                      roll.phase, ", ", roll.replaced, " of ", roll.of, " slots replaced, ",
                      Seconds(roll.elapsed));
}

std::string StatusText(const controller::FleetStatus& status) {
  std::string text =
      absl::StrCat(status.name, ": ", status.state, ", generation ", status.generation,
                   ", steering ", status.steering, ", controller ", status.controller_pid, "\n");
  const auto line = [&text](const std::string& words) {
    absl::StrAppend(&text, Wrap(words, kWidth, kIndent));
  };
  line(absl::StrCat("listens on ", absl::StrJoin(status.listen, " ")));
  if (status.roll.has_value()) line(ProgressText(*status.roll));
  if (!status.steering_reason.empty()) {
    line(absl::StrCat("the kernel spreads connections: ", status.steering_reason));
  }
  if (status.foreign_listeners > 0) {
    line(absl::StrCat(status.foreign_listeners,
                      " foreign listeners take connections of this fleet's addresses"));
  }
  absl::StrAppend(&text, "\n",
                  absl::StrFormat("%4s %8s %5s  %-10s %7s %6s %7s %8s\n", "SLOT", "PID", "GEN",
                                  "STATE", "SHARE", "QUEUE", "CONNS", "UP"));
  for (const controller::WorkerStatus& worker : status.workers) absl::StrAppend(&text, Row(worker));
  if (status.workers.empty()) absl::StrAppend(&text, "  no workers\n");
  return text;
}

}  // namespace rollport::cli
