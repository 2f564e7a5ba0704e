#include "rollout/trace.h"

#include "absl/strings/str_cat.h"
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
    return out;
  }
  std::string operator()(const WorkerBecameReady& e) const {
    return absl::StrCat("WorkerBecameReady ", e.worker.value());
  }
  std::string operator()(const WorkerProbed& e) const {
    return absl::StrCat("WorkerProbed ", e.worker.value(), e.good ? " good" : " bad",
                        Because(e.detail));
  }
  std::string operator()(const WorkerExited& e) const {
    return absl::StrCat("WorkerExited ", e.worker.value(), Because(e.how));
  }
  std::string operator()(const WorkerQuiesced& e) const {
    return absl::StrCat("WorkerQuiesced ", e.worker.value());
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

std::string Relative(Instant t, Instant now) {
  return t.is_never() ? "never" : absl::FormatDuration(t - now);
}

}  // namespace

std::string ToString(const Event& event) { return std::visit(EventText{}, event); }
std::string ToString(const Action& action) { return std::visit(ActionText{}, action); }

std::string ToString(const Fleet& fleet, Instant now) {
  std::string out =
      absl::StrCat(ToAbsl(Name(fleet.state())), " generation ", fleet.generation.value(), "\n");
  if (fleet.roll.has_value()) {
    const Roll& roll = *fleet.roll;
    absl::StrAppend(&out, "  ", ToAbsl(Name(roll.kind)), " ", roll.from.value(), "->",
                    roll.to.value(), " workers ", roll.workers_before, "->", roll.workers, " step ",
                    roll.step, " of ", roll.canary.size(), roll.step_over ? " over" : "", " trial ",
                    roll.trial ? roll.trial->value() : 0, "\n");
  }
  for (size_t i = 0; i < fleet.slots.size(); ++i) {
    const Slot& slot = fleet.slots[i];
    absl::StrAppend(&out, "  slot ", i, " wants ", slot.wanted.value(), " serving ",
                    slot.serving ? slot.serving->value() : 0, " next ",
                    slot.next ? slot.next->value() : 0, " failures ", slot.failures,
                    slot.renew ? " renew" : "", slot.closed ? " closed" : "", "\n");
  }
  for (const auto& [id, worker] : fleet.workers) {
    absl::StrAppend(&out, "  worker ", id.value(), " slot ", worker.slot.value(), " generation ",
                    worker.generation.value(), " ", ToAbsl(Name(worker.state)),
                    worker.unhealthy ? " unhealthy" : "", worker.listening ? "" : " left",
                    " deadline ", Relative(worker.deadline, now), " weight ",
                    fleet.weights.contains(id) ? fleet.weights.at(id) : 0, "\n");
  }
  return out;
}

}  // namespace rollport::rollout
