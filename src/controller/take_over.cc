// How a controller takes over the fleet of one that has died. Nothing is changed until every step
// that can fail has succeeded (Controller::CreateFor).
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/controller.h"
#include "os/proc.h"

namespace rollport::controller {
namespace {

using rollout::WorkerState;

// A record that was tampered with may hold any word; then the worker is retired.
WorkerState StateOf(const RecordedWorker& worker) {
  return rollout::StateNamed(worker.state).value_or(WorkerState::kDismissed);
}

std::map<os::SocketAddress, size_t> ProgramsOf(const FleetRecord& record) {
  std::map<os::SocketAddress, size_t> programs;
  for (const RecordedProgram& program : record.programs) {
    const absl::StatusOr<os::SocketAddress> address = os::SocketAddress::Parse(program.address);
    if (address.ok()) programs[*address] = static_cast<size_t>(program.members);
  }
  return programs;
}

// "2 workers of generation 3 and 1 worker of generation 4"; "no worker" if none serves.
std::string WhoServes(const rollout::FleetFound& found) {
  std::map<GenerationId, int> serving;
  for (const rollout::FoundWorker& worker : found.workers) {
    if (worker.state == WorkerState::kServing && worker.listening) ++serving[worker.generation];
  }
  std::string text;
  for (const auto& [generation, workers] : serving) {
    absl::StrAppend(&text, text.empty() ? "" : " and ", workers,
                    workers == 1 ? " worker of generation " : " workers of generation ",
                    generation.value());
  }
  return text.empty() ? "no worker" : text;
}

}  // namespace

// Holds the addresses of the fleet's generation, and those on which other workers may still listen.
absl::Status Controller::HoldAddressesOf(const FoundFleet& found) {
  RETURN_IF_ERROR(traffic_.Hold(releases_.at(GenerationId(found.record.generation))));
  for (const FoundProcess& worker : found.workers) {
    if (rollout::IsStopping(StateOf(worker.record))) continue;
    RETURN_IF_ERROR(traffic_.Hold(releases_.at(GenerationId(worker.record.generation))));
  }
  return absl::OkStatus();
}

void Controller::TakeOver(FoundFleet found, std::function<void()> on_stopped) {
  on_stopped_ = std::move(on_stopped);
  accounts_.chronicle().set_last_roll(found.record.last_roll);
  rollout::FleetFound news;
  std::vector<pid_t> known;
  for (FoundProcess& process : found.workers) {
    known.push_back(process.record.pid);
    news.workers.push_back(TakeOver(std::move(process)));
  }
  // In an out-of-date record a worker that serves may be missing.
  if (!found.out_of_date) EndStrays(messages_.path(), known);
  const bool seen = traffic_.TakeOver(ProgramsOf(found.record));
  for (rollout::FoundWorker& worker : news.workers) NoteListening(seen, &worker);
  TellOfTakeOver(found.record, WhoServes(news));
  runner_.Step(news);
  for (const auto& [id, worker] : runner_.fleet().workers) {
    if (worker.state == WorkerState::kServing) StartWatchdog(id);
  }
  traffic_.membership().Watch(runner_.fleet());
  accounts_.collector().Start();
}

// Adds the process to the table of workers. Returns what the plan is told about it.
rollout::FoundWorker Controller::TakeOver(FoundProcess found) {
  const RecordedWorker& record = found.record;
  const rollout::FoundWorker worker{
      .worker = WorkerId(static_cast<int64_t>(workers_.all().size()) + 1),
      .slot = SlotId(record.slot),
      .generation = GenerationId(record.generation),
      .state = StateOf(record),
      .deadline = Instant::FromNanos(record.deadline_nanos)};
  auto process = std::make_unique<WorkerProcess>(
      loop_, worker.worker, worker.slot, worker.generation, std::move(found.process),
      std::move(found.page), os::UniqueFd(),
      [this, id = worker.worker](os::ExitStatus how) { OnExit(id, how); });
  process->set_launched(loop_.Now() + -found.age);
  process->set_before_end([this] { messages_.Read(); });
  if (rollout::IsStopping(worker.state)) accounts_.NoteStopping(*process, /*before=*/true);
  workers_.Add(std::move(process));
  return worker;
}

// A worker whose sockets cannot be read is not reported as having left. `seen`: the kernel's table
// of listeners could be read.
void Controller::NoteListening(bool seen, rollout::FoundWorker* worker) {
  const WorkerProcess* process = workers_.Find(worker->worker);
  const bool open = process != nullptr && os::Sockets(process->pid()).ok();
  worker->listening = traffic_.steerer().InAnyGroup(worker->worker) || !seen || !open;
  if (worker->listening) traffic_.membership().NoteJoined(worker->worker);
}

void Controller::TellOfTakeOver(const FleetRecord& record, const std::string& who_serves) {
  accounts_.chronicle().Tell(
      api::event_kind::kFleetTakenOver,
      absl::StrCat(who_serves, " found serving, left by process ", record.controller));
  if (!record.rolling_to.has_value()) return;
  accounts_.chronicle().Tell(
      api::event_kind::kRollLost,
      absl::StrCat("the roll to generation ", *record.rolling_to,
                   " ended with its controller; going back to generation ", record.generation));
}

}  // namespace rollport::controller
