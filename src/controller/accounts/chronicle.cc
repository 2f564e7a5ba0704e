#include "controller/accounts/chronicle.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "os/netstat.h"

namespace rollport::controller {
namespace {

constexpr size_t kKeepRolls = 50;

// Zeros if it cannot be read.
os::TcpCounters KernelNow() { return os::ReadTcpCounters().value_or(os::TcpCounters{}); }

}  // namespace

int64_t Chronicle::CurrentRoll() const { return open_.empty() ? 0 : open_.back().number(); }

void Chronicle::Tell(std::string_view kind, std::string message) {
  events_.Append(api::FleetEvent{.roll = CurrentRoll(),
                                 .at = absl::Now(),
                                 .kind = std::string(kind),
                                 .message = std::move(message)});
}

void Chronicle::TellOf(WorkerId id, std::string_view kind, std::string_view phase,
                       std::string message, std::optional<absl::Duration> duration, bool failed) {
  api::FleetEvent event{.roll = CurrentRoll(), .at = absl::Now(), .kind = std::string(kind)};
  event.phase = std::string(phase);
  event.message = std::move(message);
  event.duration = duration;
  event.failed = failed;
  if (const WorkerProcess* worker = workers_.Find(id)) {
    event.slot = static_cast<int>(worker->slot().value());
    event.generation = worker->generation().value();
    event.pid = worker->pid();
    if (failed) failures_[*event.slot] = {*event.generation, event.message, loop_.Now()};
  }
  events_.Append(std::move(event));
}

std::vector<api::SlotFailure> Chronicle::Failures() const {
  std::vector<api::SlotFailure> failures;
  for (const auto& [slot, failure] : failures_) {
    failures.push_back({slot, failure.generation, failure.reason, loop_.Now() - failure.when});
  }
  return failures;
}

void Chronicle::TellStartFailed(std::string reason) {
  start_failure_ = reason;
  Tell(api::event_kind::kStartFailed, std::move(reason));
}

int64_t Chronicle::BeginRoll(const std::string& kind, GenerationId from, GenerationId to,
                             std::string_view what) {
  open_.emplace_back(++last_roll_, kind, from, to, loop_.Now(), absl::Now(), KernelNow());
  const std::string generations =
      from == to ? absl::StrCat("generation ", from.value())
                 : absl::StrCat("generation ", from.value(), " -> ", to.value());
  Tell(api::event_kind::kRollBegan, absl::StrCat(kind == "roll" ? "" : absl::StrCat(kind, ": "),
                                                 generations, ": ", ToAbsl(what)));
  return last_roll_;
}

void Chronicle::ResumeRoll(const std::string& kind, GenerationId from, GenerationId to) {
  open_.emplace_back(last_roll_, kind, from, to, loop_.Now(), absl::Now(), KernelNow());
}

std::optional<absl::Duration> Chronicle::NoteState(WorkerId id, const rollout::Worker& worker,
                                                   rollout::WorkerState state) {
  if (rollout::IsAdmitted(state)) failures_.erase(static_cast<int>(worker.slot.value()));
  const auto [it, first] = entered_.try_emplace(id, loop_.Now());
  const absl::Duration stayed = loop_.Now() - std::exchange(it->second, loop_.Now());
  for (RollVerdict& roll : open_) {
    roll.Entered(id, worker.slot, worker.generation, state, loop_.Now());
  }
  return first ? std::nullopt : std::make_optional(stayed);
}

void Chronicle::EndRoll(const rollout::RollEnded& ended, const rollout::Fleet& after) {
  for (RollVerdict& roll : open_) {
    if (!roll.ended()) roll.End(ended, after, loop_.Now());
  }
}

void Chronicle::NoteEnded(WorkerId id) {
  for (RollVerdict& roll : open_) roll.NoteEnded(id);
}

void Chronicle::NoteStuck(WorkerId id, const std::string& what) {
  for (RollVerdict& roll : open_) {
    roll.NoteEnded(id);
    roll.NoteStuck(id, what);
  }
}

void Chronicle::NoteGone(WorkerId id, LastCounts counts) {
  for (RollVerdict& roll : open_) {
    // Oldest first: what the worker counted belongs to the roll that retired it, once.
    if (roll.WorkerGone(id, counts, loop_.Now())) counts = {};
  }
  entered_.erase(id);
}

void Chronicle::GiveVerdicts(
    const std::function<void(const api::RollRecord& roll, absl::Time at)>& on_verdict) {
  for (auto it = open_.begin(); it != open_.end();) {
    const std::optional<api::Verdict> verdict = it->verdict();
    if (!verdict.has_value()) {
      ++it;
      continue;
    }
    api::FleetEvent event{
        .roll = it->number(), .at = absl::Now(), .kind = api::event_kind::kRollEnded};
    event.message = verdict->outcome;
    if (!verdict->reason.empty()) absl::StrAppend(&event.message, ": ", verdict->reason);
    event.verdict = verdict;
    event.duration = verdict->elapsed;
    past_.push_back(it->Record(KernelNow(), loop_.Now()));
    on_verdict(past_.back(), event.at);
    if (past_.size() > kKeepRolls) past_.pop_front();
    it = open_.erase(it);
    events_.Append(std::move(event));
  }
}

std::vector<api::RollRecord> Chronicle::Rolls() const {
  std::vector<api::RollRecord> rolls(past_.begin(), past_.end());
  const os::TcpCounters kernel = KernelNow();
  for (const RollVerdict& roll : open_) rolls.push_back(roll.Record(kernel, loop_.Now()));
  return rolls;
}

}  // namespace rollport::controller
