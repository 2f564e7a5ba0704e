// How a controller takes over the fleet of one that has died. Nothing is changed until every step
// that can fail has succeeded (Controller::CreateFor).
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/controller.h"
#include "os/port_holder.h"
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

// What the dead controller's generations listened on, and these do not.
std::set<os::SocketAddress> LostAddresses(const FleetRecord& record, const Releases& releases) {
  std::set<os::SocketAddress> lost;
  for (const RecordedGeneration& entry : record.generations) {
    const auto kept = releases.kept().find(GenerationId(entry.generation.number));
    if (kept == releases.kept().end()) continue;
    for (const std::string& text : entry.listen) {
      const absl::StatusOr<os::SocketAddress> address = os::SocketAddress::Parse(text);
      const auto& listen = kept->second.listen;
      if (address.ok() && std::ranges::count(listen, *address) == 0) lost.insert(*address);
    }
  }
  return lost;
}

// Why the bytes of a generation that the dead controller had kept are not had again; empty if they
// are.
std::string LostBytes(const FleetRecord& record, int64_t generation, const Releases& releases) {
  const std::string& now = releases.at(GenerationId(generation)).generation.not_kept();
  for (const RecordedGeneration& entry : record.generations) {
    if (entry.generation.number == generation && entry.generation.not_kept == now) return "";
  }
  return now;
}

// What its controller knew of it is lost, so it is not gone on with.
std::optional<rollout::FoundRoll> FoundRollOf(const FleetRecord& record, const Releases& releases) {
  if (!record.rolling_to.has_value()) return std::nullopt;
  rollout::FoundRoll roll{.to = GenerationId(*record.rolling_to), .reason = record.roll.reason};
  roll.outcome = rollout::OutcomeNamed(record.roll.outcome).value_or(roll.outcome);
  if (roll.reason.empty()) roll.reason = "the controller of the roll has ended";
  const std::string lost = LostBytes(record, record.generation, releases);
  if (lost.empty()) return roll;
  // It is not what served before.
  roll.outcome = rollout::Outcome::kFailed;
  absl::StrAppend(&roll.reason, "; generation ", record.generation,
                  " is started from what is on disk now: ", lost);
  return roll;
}

}  // namespace

// Holds the addresses of the fleet's generation, and those on which other workers may still listen.
// Goes on without those that this host does not have any more, as long as each generation has one.
absl::Status Controller::HoldAddressesOf(const FoundFleet& found) {
  std::set<GenerationId> generations = {GenerationId(found.record.generation)};
  for (const FoundProcess& worker : found.workers) {
    if (rollout::IsStopping(StateOf(worker.record))) continue;
    generations.insert(GenerationId(worker.record.generation));
  }
  for (const GenerationId generation : generations) {
    const std::vector<os::SocketAddress> addresses = releases_.at(generation).listen;
    for (const os::SocketAddress& address : addresses) {
      absl::Status held = traffic_.Hold(releases_.at(generation), address);
      if (held.ok()) continue;
      if (!os::IsNoAddressHere(held) || !releases_.DropAddress(address)) return held;
    }
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
  news.roll = FoundRollOf(found.record, releases_);
  if (news.roll.has_value()) {
    const std::string& kind = found.record.roll.kind;
    accounts_.chronicle().ResumeRoll(kind.empty() ? "roll" : kind,
                                     GenerationId(found.record.generation), news.roll->to);
  }
  TellOfTakeOver(found.record, WhoServes(news));
  if (news.roll.has_value()) TellOfRoll(found.record, *news.roll);
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
  if (rollout::IsStopping(worker.state)) accounts_.NoteStoppedBefore(*process);
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
  for (const os::SocketAddress& lost : LostAddresses(record, releases_)) {
    accounts_.chronicle().Tell(api::event_kind::kAddressLost,
                               absl::StrCat(lost.ToString(),
                                            " is not this host's any more; the "
                                            "fleet goes on without it until a roll"));
  }
}

void Controller::TellOfRoll(const FleetRecord& record, const rollout::FoundRoll& roll) {
  accounts_.chronicle().Tell(api::event_kind::kRollLost,
                             absl::StrCat("the roll to generation ", roll.to.value(),
                                          " ended with its controller; going back to generation ",
                                          record.generation, ": ", roll.reason));
}

}  // namespace rollport::controller
