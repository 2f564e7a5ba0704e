// A controller may die, and its workers serve on. What the next one needs to take them over is kept
// in a file (fleet_record.h); here it is written, and taken up.
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "controller/controller.h"
#include "os/proc.h"

namespace rollport::controller {
namespace {

rollout::WorkerState StateNamed(const std::string& name) {
  const auto it =
      std::find_if(rollout::kWorkerStates.begin(), rollout::kWorkerStates.end(),
                   [&](rollout::WorkerState state) { return rollout::Name(state) == name; });
  return it == rollout::kWorkerStates.end() ? rollout::WorkerState::kDismissed : *it;
}

bool ListensNoMore(rollout::WorkerState state) {
  return state == rollout::WorkerState::kDraining || state == rollout::WorkerState::kKilled;
}

}  // namespace

// --- Keeping the record ------------------------------------------------------------------------

FleetRecord Controller::MakeRecord() const {
  const rollout::Fleet& fleet = plan_.view();
  FleetRecord record{.boot = boot_,
                     .controller = getpid(),
                     .notify_socket = notify_path_,
                     .settings = settings_,
                     .generation = fleet.generation.value(),
                     .last_generation = last_generation_,
                     .last_roll = last_roll_,
                     .slots = fleet.open_slots()};
  if (fleet.roll.has_value()) {
    record.slots = fleet.roll->workers_before;
    if (fleet.roll->kind == rollout::RollKind::kRoll) record.rolling_to = fleet.roll->to.value();
  }
  for (const auto& [id, release] : releases_) {
    RecordedGeneration& entry = record.generations.emplace_back();
    entry = {.generation = release.generation.Memo(),
             .settings = release.settings,
             .workers = release.workers,
             .taken = release.taken,
             .served = release.served};
    for (const os::SocketAddress& address : release.listen) {
      entry.listen.push_back(address.ToString());
    }
  }
  for (const auto& [id, process] : workers_.all()) {
    const auto worker = fleet.workers.find(id);
    if (worker == fleet.workers.end()) continue;
    record.workers.push_back({.pid = process->pid(),
                              .start_time = process->start_time(),
                              .slot = static_cast<int>(process->slot().value()),
                              .generation = process->generation().value(),
                              .state = std::string(rollout::Name(worker->second.state)),
                              .deadline_nanos = worker->second.deadline.nanos()});
  }
  return record;
}

void Controller::Record() {
  record_due_ = false;
  const absl::Status status = record_.Write(MakeRecord());
  if (status.message() == told_record_) return;
  told_record_ = std::string(status.message());
  if (status.ok()) return;
  Tell(api::event_kind::kFleetRecordFailed,
       absl::StrCat("another controller could not take this fleet over: ", told_record_));
}

void Controller::RecordSoon() {
  if (std::exchange(record_due_, true)) return;
  loop_.Defer([this] {
    if (record_due_) Record();
  });
}

// --- Taking it up ------------------------------------------------------------------------------

// Restores every generation whose bytes can be had, and those that are needed anyway.
absl::StatusOr<std::map<GenerationId, Controller::Release>> Controller::Releases(
    const LeftFleet& left) {
  std::map<GenerationId, Release> releases;
  for (const RecordedGeneration& entry : left.record.generations) {
    std::vector<pid_t> running;
    for (const LeftWorker& worker : left.workers) {
      if (worker.record.generation == entry.generation.number) {
        running.push_back(worker.record.pid);
      }
    }
    Release release{.generation = Generation::Restore(entry.generation, running),
                    .settings = entry.settings,
                    .workers = entry.workers,
                    .taken = entry.taken,
                    .served = entry.served};
    const bool lost = release.generation.not_kept() != entry.generation.not_kept;
    const bool needed = !running.empty() || entry.generation.number == left.record.generation;
    if (lost && !needed) continue;
    for (const std::string& text : entry.listen) {
      ASSIGN_OR_RETURN(const os::SocketAddress address, os::SocketAddress::Parse(text));
      release.listen.push_back(address);
    }
    releases.emplace(GenerationId(entry.generation.number), std::move(release));
  }
  return releases;
}

fleet_file::FleetSettings Controller::SettingsOf(const LeftFleet& left,
                                                 const fleet_file::FleetSettings& now) {
  fleet_file::FleetSettings settings = left.record.settings;
  // The one thing that is this controller's and not the fleet's.
  settings.admin = now.admin;
  return settings;
}

// The addresses that the fleet has, and those of everybody who may still listen elsewhere.
absl::Status Controller::HoldAddresses(const LeftFleet& left) {
  RETURN_IF_ERROR(HoldAddresses(releases_.at(GenerationId(left.record.generation))));
  for (const LeftWorker& worker : left.workers) {
    if (ListensNoMore(StateNamed(worker.record.state))) continue;
    RETURN_IF_ERROR(HoldAddresses(releases_.at(GenerationId(worker.record.generation))));
  }
  return absl::OkStatus();
}

void Controller::TakeOver() {
  LeftFleet left = *std::exchange(left_, std::nullopt);
  last_generation_ = left.record.last_generation;
  last_roll_ = left.record.last_roll;
  rollout::FleetFound found;
  std::vector<pid_t> known;
  for (LeftWorker& worker : left.workers) {
    known.push_back(worker.record.pid);
    const WorkerId id(static_cast<int64_t>(found.workers.size()) + 1);
    found.workers.push_back({.worker = id,
                             .slot = SlotId(worker.record.slot),
                             .generation = GenerationId(worker.record.generation),
                             .state = StateNamed(worker.record.state),
                             .deadline = Instant::FromNanos(worker.record.deadline_nanos)});
    auto process = std::make_unique<WorkerProcess>(
        loop_, id, SlotId(worker.record.slot), GenerationId(worker.record.generation),
        std::move(worker.process), std::move(worker.page), os::UniqueFd(),
        [this, id](os::ExitStatus how) { OnExit(id, how); });
    process->set_launched(loop_.Now() + -worker.age);
    process->before_end = [this] { OnNotify(); };
    workers_.Add(std::move(process));
  }
  EndStrays(notify_path_, known);
  steerer_.Inherit();
  const bool seen = steerer_.Refresh().ok();
  for (rollout::FoundWorker& worker : found.workers) {
    // Who cannot be looked into is not said to have left.
    const WorkerProcess* process = workers_.Find(worker.worker);
    const bool open = process != nullptr && os::Sockets(process->pid()).ok();
    worker.listening = steerer_.InAnyGroup(worker.worker) || !seen || !open;
    if (worker.listening) joined_.insert(worker.worker);
  }
  TellOfTakeOver(left.record, found);
  Step(found);
  for (const auto& [id, worker] : plan_.view().workers) {
    if (worker.state == rollout::WorkerState::kServing) StartWatchdog(id);
  }
}

void Controller::TellOfTakeOver(const FleetRecord& record, const rollout::FleetFound& found) {
  std::map<GenerationId, int> serving;
  for (const rollout::FoundWorker& worker : found.workers) {
    const bool serves = worker.state == rollout::WorkerState::kServing && worker.listening;
    if (serves) ++serving[worker.generation];
  }
  std::string message;
  for (const auto& [generation, workers] : serving) {
    absl::StrAppend(&message, message.empty() ? "" : " and ", workers,
                    workers == 1 ? " worker of generation " : " workers of generation ",
                    generation.value());
  }
  Tell(api::event_kind::kFleetTakenOver,
       absl::StrCat(message.empty() ? "no worker" : message, " found serving, left by process ",
                    record.controller));
  if (record.rolling_to.has_value()) {
    Tell(api::event_kind::kRollLost,
         absl::StrCat("the roll to generation ", *record.rolling_to,
                      " ended with its controller; going back to generation ", record.generation));
  }
}

}  // namespace rollport::controller
