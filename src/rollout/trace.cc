#include "rollout/trace.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/strings.h"

namespace rollport::rollout {
namespace {

std::string Because(const std::string& reason) {
  return reason.empty() ? "" : absl::StrCat(" (", reason, ")");
}

struct EventText {
  std::string operator()(const TimePassed&) const { return "TimePassed"; }
  std::string operator()(const FleetFound& e) const {
    std::string out = "FleetFound";
    for (const FoundWorker& worker : e.workers) {
      absl::StrAppend(&out, " ", worker.worker.value(), " slot ", worker.slot.value(),
                      " generation ", worker.generation.value(), " ", ToAbsl(Name(worker.state)),
                      worker.listening ? "" : " left");
    }
    if (e.roll.has_value()) absl::StrAppend(&out, " rolling to ", e.roll->to.value());
    return out;
  }
  std::string operator()(const WorkerBecameReady& e) const {
    return absl::StrCat("WorkerBecameReady ", e.worker.value());
  }
  std::string operator()(const WorkerProbed& e) const {
    std::string out = absl::StrCat("WorkerProbed ", e.worker.value(), " ", ToAbsl(Name(e.result)));
    if (e.age != absl::ZeroDuration()) {
      absl::StrAppend(&out, " after ", absl::FormatDuration(e.age));
    }
    return absl::StrCat(out, Because(e.detail));
  }
  std::string operator()(const WorkerExited& e) const {
    return absl::StrCat("WorkerExited ", e.worker.value(), Because(e.how));
  }
  std::string operator()(const WorkerQuiesced& e) const {
    return absl::StrCat("WorkerQuiesced ", e.worker.value());
  }
  std::string operator()(const AcceptQueueChanged& e) const {
    return absl::StrCat("AcceptQueueChanged ", e.worker.value(), " ", e.waiting);
  }
  std::string operator()(const ListenersLeft& e) const {
    return absl::StrCat("ListenersLeft ", e.worker.value());
  }
  std::string operator()(const CanaryFoundWorse& e) const {
    return absl::StrCat("CanaryFoundWorse ", e.worker.value(), Because(e.figures));
  }
  std::string operator()(const WorkerAskedForTime& e) const {
    return absl::StrCat("WorkerAskedForTime ", e.worker.value(), " ", absl::FormatDuration(e.time));
  }
  std::string operator()(const RollRequested& e) const {
    std::string out = absl::StrCat("RollRequested ", e.generation.value());
    for (const CanaryStep& step : e.canary) {
      absl::StrAppend(&out, " canary ", step.millionths, " ", absl::FormatDuration(step.hold));
    }
    if (e.workers.has_value()) absl::StrAppend(&out, " workers ", *e.workers);
    return out;
  }
  std::string operator()(const ScaleRequested& e) const {
    return absl::StrCat("ScaleRequested ", e.workers);
  }
  std::string operator()(const RestartRequested& e) const {
    return absl::StrCat("RestartRequested ", e.slot.value());
  }
  std::string operator()(const PauseRequested&) const { return "PauseRequested"; }
  std::string operator()(const ResumeRequested&) const { return "ResumeRequested"; }
  std::string operator()(const AbortRequested&) const { return "AbortRequested"; }
  std::string operator()(const StopRequested&) const { return "StopRequested"; }
  std::string operator()(const ForceRequested&) const { return "ForceRequested"; }
};

struct ActionText {
  std::string operator()(const LaunchWorker& a) const {
    return absl::StrCat("LaunchWorker ", a.worker.value(), " slot ", a.slot.value(), " generation ",
                        a.generation.value());
  }
  std::string operator()(const ProbeWorker& a) const {
    return absl::StrCat("ProbeWorker ", a.worker.value());
  }
  std::string operator()(const ApplyShares& a) const {
    std::string out = "ApplyShares";
    for (const auto& [id, weight] : a.weights) absl::StrAppend(&out, " ", id.value(), ":", weight);
    return out;
  }
  std::string operator()(const QuiesceWorker& a) const {
    return absl::StrCat("QuiesceWorker ", a.worker.value());
  }
  std::string operator()(const DrainWorker& a) const {
    return absl::StrCat("DrainWorker ", a.worker.value());
  }
  std::string operator()(const CloseListeners& a) const {
    return absl::StrCat("CloseListeners ", a.worker.value());
  }
  std::string operator()(const GiveUpWorker& a) const {
    return absl::StrCat("GiveUpWorker ", a.worker.value());
  }
  std::string operator()(const KillWorker& a) const {
    return absl::StrCat("KillWorker ", a.worker.value());
  }
  std::string operator()(const NoteWorker& a) const {
    return absl::StrCat("NoteWorker ", a.worker.value(), " ", ToAbsl(Name(a.state)),
                        Because(a.reason));
  }
  std::string operator()(const FleetStarted&) const { return "FleetStarted"; }
  std::string operator()(const StartFailed& a) const {
    return absl::StrCat("StartFailed", Because(a.reason));
  }
  std::string operator()(const RollPaused& a) const {
    return absl::StrCat("RollPaused", Because(a.reason));
  }
  std::string operator()(const RollReverting& a) const {
    return absl::StrCat("RollReverting", Because(a.reason));
  }
  std::string operator()(const CanaryStepBegan& a) const {
    return absl::StrCat("CanaryStepBegan ", a.worker.value(), " step ", a.step);
  }
  std::string operator()(const RollEnded& a) const {
    const std::string kind =
        a.kind == RollKind::kRoll ? "" : absl::StrCat(ToAbsl(Name(a.kind)), " ");
    return absl::StrCat("RollEnded ", kind, ToAbsl(Name(a.outcome)), " ", a.from.value(), "->",
                        a.to.value(), Because(a.reason));
  }
  std::string operator()(const Refuse& a) const {
    return absl::StrCat("Refuse", Because(a.reason));
  }
  std::string operator()(const FleetStopped&) const { return "FleetStopped"; }
};

// "rolling: roll 1->2, canary step 0 of 2", "steady: generation 2"
std::string Headline(const Fleet& fleet, Instant zero) {
  const std::string state(Name(fleet.state()));
  if (!fleet.roll.has_value()) {
    return absl::StrCat(state, ": generation ", fleet.generation.value());
  }
  const Roll& roll = *fleet.roll;
  std::string out = absl::StrCat(state, ": ", ToAbsl(Name(roll.kind)), " ", roll.from.value(), "->",
                                 roll.to.value());
  if (roll.kind == RollKind::kRestart) absl::StrAppend(&out, ", slot ", roll.only.value());
  if (roll.workers != roll.workers_before) {
    absl::StrAppend(&out, ", workers ", roll.workers_before, "->", roll.workers);
  }
  if (!roll.canary.empty()) {
    absl::StrAppend(&out, ", canary step ", roll.step, " of ", roll.canary.size(),
                    roll.step_over ? ", over" : "");
  }
  if (!roll.watch_until.is_never()) {
    absl::StrAppend(&out, ", watched until ", absl::FormatDuration(roll.watch_until - zero));
  }
  if (!roll.answer_until.is_never()) {
    absl::StrAppend(&out, ", waits for answers until ",
                    absl::FormatDuration(roll.answer_until - zero));
  }
  return out;
}

// "3 g2 starting until 4s", "1 g1 serving 50%"
std::string WorkerText(const Fleet& fleet, WorkerId id, Instant zero) {
  const Worker& worker = fleet.workers.at(id);
  std::string out =
      absl::StrCat(id.value(), " g", worker.generation.value(), " ", ToAbsl(Name(worker.state)),
                   worker.unhealthy ? " (unhealthy)" : "", IsHung(worker) ? " (hung)" : "",
                   worker.listening ? "" : " (left)");
  if (worker.queue.waiting > 0) absl::StrAppend(&out, " (", worker.queue.waiting, " queued)");
  if (fleet.weights.contains(id)) absl::StrAppendFormat(&out, " %.3g%%", 100 * fleet.ShareOf(id));
  if (!worker.deadline.is_never()) {
    absl::StrAppend(&out, " until ", absl::FormatDuration(worker.deadline - zero));
  }
  return out;
}

// "slot 0 wants 2: 1 g1 serving 50%; 3 g2 starting until 4s"
std::string SlotText(const Fleet& fleet, SlotId id, Instant zero) {
  const Slot& slot = fleet.slots[id.value()];
  std::string out = absl::StrCat("slot ", id.value());
  if (slot.closed) {
    absl::StrAppend(&out, " closed");
  } else {
    absl::StrAppend(&out, " wants ", slot.wanted.value(), slot.renew ? " anew" : "");
  }
  if (slot.failures > 0) absl::StrAppend(&out, ", failures ", slot.failures);
  if (slot.revert_failed) absl::StrAppend(&out, ", revert failed");
  if (slot.launch_at != Instant()) {
    absl::StrAppend(&out, ", launch at ", absl::FormatDuration(slot.launch_at - zero));
  }
  std::string separator = ": ";
  for (const auto& [worker, its] : fleet.workers) {
    if (its.slot != id) continue;
    absl::StrAppend(&out, separator, WorkerText(fleet, worker, zero));
    separator = "; ";
  }
  return out;
}

}  // namespace

std::string ToString(const Event& event) { return std::visit(EventText{}, event); }
std::string ToString(const Action& action) { return std::visit(ActionText{}, action); }

std::string ToString(const Fleet& fleet, Instant zero) {
  std::string out = Headline(fleet, zero) + "\n";
  for (size_t i = 0; i < fleet.slots.size(); ++i) {
    absl::StrAppend(&out, "  ", SlotText(fleet, SlotId(static_cast<int64_t>(i)), zero), "\n");
  }
  return out;
}

}  // namespace rollport::rollout
