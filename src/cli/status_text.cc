#include "cli/status_text.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/format.h"

namespace rollport::cli {
namespace {

std::string OrDash(std::optional<int64_t> value) {
  return value.has_value() ? absl::StrCat(*value) : "-";
}

}  // namespace

std::string WorkerLine(const api::WorkerStatus& worker) {
  return absl::StrFormat("%4d %8d %5d  %-10s %6.1f%% %6s %7s %8s", worker.slot, worker.pid,
                         worker.generation, worker.state, worker.share * 100,
                         OrDash(worker.accept_queue), OrDash(worker.connections),
                         Age(worker.uptime));
}

std::string WorkerHead() {
  return absl::StrFormat("%4s %8s %5s  %-10s %7s %6s %7s %8s", "SLOT", "PID", "GEN", "STATE",
                         "SHARE", "QUEUE", "CONNS", "UP");
}

std::string CanaryText(const api::CanaryProgress& canary) {
  // With as many digits as it needs: 0.5% and 5%.
  return absl::StrCat("canary step ", canary.step, " of ", canary.of, ": ", canary.share * 100,
                      "% of new connections, ",
                      canary.remaining.has_value()
                          ? absl::StrCat(Seconds(*canary.remaining), " left")
                          : "until it is resumed");
}

std::string ProgressText(const api::RollProgress& roll) {
  const std::string reason = roll.reason.empty() ? "" : absl::StrCat(" (", roll.reason, ")");
  return absl::StrCat(roll.kind, " ", roll.number, ": generation ", FromTo(roll.from, roll.to),
                      ", ", roll.phase, reason, ", ", roll.replaced, " of ", roll.of,
                      " slots replaced, ", Seconds(roll.elapsed));
}

std::vector<std::string> FootText(const api::RollProgress& roll, const std::string& next) {
  std::vector<std::string> lines;
  if (roll.canary.has_value()) lines.push_back(CanaryText(*roll.canary));
  if (roll.phase == "paused") {
    lines.push_back(absl::StrCat("paused", roll.reason.empty() ? "" : ": ", roll.reason));
    lines.push_back(next);
  }
  return lines;
}

std::string StatusHead(const api::FleetStatus& status, int width) {
  std::string text =
      absl::StrCat(status.name, ": ", status.state, ", generation ", status.generation,
                   ", steering ", status.steering, ", controller ", status.controller_pid, "\n");
  const auto line = [&text, width](const std::string& words) {
    absl::StrAppend(&text, Wrap(words, width, kIndent));
  };
  // A fleet that starts or stops is not expected to have all of them.
  const bool whole = status.state != "starting" && !absl::StartsWith(status.state, "stop");
  if (whole && status.healthy_slots < status.slots) {
    line(absl::StrCat("degraded: a healthy worker serves ", status.healthy_slots, " of ",
                      status.slots, status.slots == 1 ? " slot" : " slots"));
  }
  if (status.outdated_slots > 0) {
    line(absl::StrCat("going back: ", status.outdated_slots, " of ", status.slots,
                      status.slots == 1 ? " slot" : " slots",
                      status.outdated_slots == 1 ? " is" : " are",
                      " still served by another generation than ", status.generation));
  }
  line(absl::StrCat("listens on ", absl::StrJoin(status.listen, " ")));
  if (status.roll.has_value()) {
    line(ProgressText(*status.roll));
    if (status.roll->canary.has_value()) line(CanaryText(*status.roll->canary));
  }
  if (!status.steering_reason.empty()) {
    line(absl::StrCat("the kernel spreads connections: ", status.steering_reason));
  }
  for (const api::SlotFailure& failure : status.failures) {
    line(absl::StrCat("slot ", failure.slot, ": a worker of generation ", failure.generation,
                      " failed ", Age(failure.ago), " ago: ", failure.reason));
  }
  if (status.foreign_listeners > 0) {
    line(absl::StrCat(
        status.foreign_listeners,
        status.foreign_listeners == 1 ? " foreign listener takes" : " foreign listeners take",
        " connections at this fleet's addresses"));
  }
  for (const std::string& stray : status.stray_listeners) {
    line(absl::StrCat("a listener in a group of its own may take every connection: ", stray));
  }
  if (!status.record_trouble.empty()) {
    line(
        absl::StrCat("fleet.state is out of date, so another controller could not take this fleet "
                     "over as it is: ",
                     status.record_trouble));
  }
  return text;
}

std::string StatusText(const api::FleetStatus& status, int width) {
  std::string text = absl::StrCat(StatusHead(status, width), "\n", WorkerHead(), "\n");
  for (const api::WorkerStatus& worker : status.workers) {
    absl::StrAppend(&text, WorkerLine(worker), "\n");
    if (!worker.status_text.empty()) absl::StrAppend(&text, Wrap(worker.status_text, width, 7));
    if (!worker.trouble.empty()) {
      absl::StrAppend(&text,
                      Wrap(absl::StrCat("its last probe failed: ", worker.trouble), width, 7));
    }
  }
  if (status.workers.empty()) absl::StrAppend(&text, "  no workers\n");
  return text;
}

}  // namespace rollport::cli
