#include "cli/slot_progress.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/columns.h"
#include "cli/format.h"

namespace rollport::cli {
namespace {

// os::ExitStatus::ToString of a worker that ended as it should: not worth a message.
constexpr char kCleanExit[] = "exited with status 0";

}  // namespace

SlotProgress::Worker& SlotProgress::Find(const api::FleetEvent& event) {
  const auto known = std::find_if(workers_.begin(), workers_.end(), [&event](const Worker& worker) {
    return worker.pid == event.pid.value_or(0) && worker.generation == event.generation.value_or(0);
  });
  if (known != workers_.end()) return *known;
  // The first event of a predecessor is its retirement, after those of its replacement.
  const Worker fresh{.generation = event.generation.value_or(0), .pid = event.pid.value_or(0)};
  const bool starts = event.phase == "starting";
  return *workers_.insert(starts ? workers_.end() : workers_.begin(), fresh);
}

void SlotProgress::Note(const api::FleetEvent& event) {
  Worker& worker = Find(event);
  // The foot says which step a canary is in.
  const bool failure =
      event.message != kCleanExit && event.kind != api::event_kind::kCanaryStepBegan;
  if (!event.message.empty() && failure) worker.message = event.message;
  if (event.kind == api::event_kind::kWorkerExited) worker.gone = true;
  const std::string phase = worker.gone ? "gone" : event.phase;
  if (!worker.phases.empty() && phase == worker.phases.back().first) return;
  // An event without a phase is shown as one only if it is the worker's first.
  if (!phase.empty() || worker.phases.empty()) {
    worker.phases.emplace_back(phase.empty() ? Words(event.kind) : phase, event.at);
  }
}

bool SlotProgress::Done() const {
  const auto living = std::count_if(workers_.begin(), workers_.end(),
                                    [](const Worker& worker) { return !worker.gone; });
  // If only one worker is known, its predecessor's retirement is still to come.
  return workers_.size() > 1 && living == 1 && !workers_.back().gone &&
         workers_.back().phases.back().first == "serving";
}

std::string SlotProgress::TextOf(const Worker& worker, absl::Time now, bool brief) {
  std::string text = absl::StrCat("gen ", worker.generation, ": ");
  const auto& phases = worker.phases;
  const bool serves = phases.back().first == "serving";
  if (serves && brief) {
    return absl::StrCat(text, "serving after ",
                        Seconds(phases.back().second - phases.front().second));
  }
  for (size_t i = 0; i < phases.size(); ++i) {
    const bool last = i + 1 == phases.size();
    absl::StrAppend(&text, i == 0 ? "" : ", ", phases[i].first);
    // "serving" goes on after the roll, and "gone" for ever.
    if (last && (worker.gone || serves)) continue;
    const absl::Time until = last ? now : phases[i + 1].second;
    absl::StrAppendFormat(&text, " %.2f", absl::ToDoubleSeconds(until - phases[i].second));
  }
  return worker.message.empty() ? text : absl::StrCat(text, " (", worker.message, ")");
}

std::string SlotProgress::Text(absl::Time now, bool brief) const {
  std::string line = absl::StrFormat("slot %-3d", slot_);
  for (auto worker = workers_.rbegin(); worker != workers_.rend(); ++worker) {
    absl::StrAppend(&line, worker == workers_.rbegin() ? " " : " | ", TextOf(*worker, now, brief));
  }
  return line;
}

std::string SlotProgress::Line(absl::Time now) const { return Text(now, /*brief=*/true); }

std::string SlotProgress::LastLines(absl::Time now, int width) const {
  const std::string whole = Text(now, /*brief=*/false);
  if (Columns(whole) < width) return whole + "\n";
  std::string text;
  for (const absl::string_view worker : absl::StrSplit(whole, " | ")) {
    const std::string line =
        text.empty() ? std::string(worker) : std::string(kHang, ' ') + std::string(worker);
    absl::StrAppend(&text, absl::StrJoin(Fold(line, width - 1, kHang + kIndent), "\n"), "\n");
  }
  return text;
}

}  // namespace rollport::cli
