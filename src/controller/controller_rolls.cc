// What people ask of a controller, and the generations and verdicts that come of it.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "controller/controller.h"
#include "fleet_file/fleet_file.h"

namespace rollport::controller {
namespace {

constexpr size_t kKeepRolls = 50;  // in the history

std::vector<rollout::CanaryStep> Steps(const std::vector<fleet_file::CanaryStep>& canary) {
  std::vector<rollout::CanaryStep> steps;
  for (const fleet_file::CanaryStep& step : canary) {
    const auto millionths = static_cast<uint32_t>(std::lround(step.per_cent * 10'000));
    steps.push_back({std::clamp(millionths, 1U, 999'999U), step.hold});
  }
  return steps;
}

// Zeros where it cannot be read.
os::TcpCounters KernelNow() { return os::ReadTcpCounters().value_or(os::TcpCounters{}); }

// "bin/server --root site", and what is not kept of it.
std::string Describe(const Generation& generation) {
  std::string command = absl::StrJoin(generation.command(), " ");
  if (generation.not_kept().empty()) return command;
  return absl::StrCat(command, " (", generation.not_kept(), ")");
}

}  // namespace

absl::StatusOr<fleet_file::FleetSettings> Controller::Reread() const {
  ASSIGN_OR_RETURN(const fleet_file::FleetSettings fresh,
                   fleet_file::LoadFleetFile(settings_.file));
  const auto fixed = [this](const char* what) {
    return absl::InvalidArgumentError(
        absl::StrCat(settings_.file, ": ", what,
                     " has changed; that takes effect when the fleet is stopped and run again"));
  };
  if (fresh.name != settings_.name) return fixed("name");
  if (fresh.state_dir != settings_.state_dir) return fixed("state_dir");
  if (fresh.admin != settings_.admin) return fixed("admin");
  const auto owner = [](const fleet_file::FleetSettings& settings) {
    const auto& who = settings.worker.process.credentials;
    return who.has_value() ? who->uid : geteuid();
  };
  // The new user's listeners could not share the ports with the former one's.
  if (owner(fresh) != owner(settings_)) return fixed("user");
  return fresh;
}

absl::StatusOr<Controller::Release> Controller::Take(GenerationId id,
                                                     const fleet_file::FleetSettings& settings,
                                                     const std::vector<std::string>& command) {
  ASSIGN_OR_RETURN(Generation generation,
                   Generation::Take(id, command, settings.worker.env, settings.directory));
  Release release{.generation = std::move(generation),
                  .settings = settings.worker,
                  .workers = settings.workers,
                  .taken = absl::Now()};
  for (const std::string& text : settings.listen) {
    ASSIGN_OR_RETURN(const os::SocketAddress address, os::SocketAddress::Parse(text));
    release.listen.push_back(address);
  }
  return release;
}

absl::StatusOr<int64_t> Controller::Roll(api::RollRequest request) {
  ASSIGN_OR_RETURN(fleet_file::FleetSettings fresh, Reread());
  const GenerationId to(last_generation_ + 1);
  absl::StatusOr<Release> release = Take(to, fresh, request.command.value_or(fresh.worker.command));
  if (!release.ok()) return absl::InvalidArgumentError(release.status().message());

  rollout::RollRequested event{.generation = to,
                               .canary = Steps(request.canary.value_or(fresh.roll.canary))};
  // A number that a person has asked for by `scale` stays, unless the file has a new one.
  const bool resized = fresh.workers != releases_.at(plan_.view().generation).workers;
  if (resized) event.workers = fresh.workers;
  RETURN_IF_ERROR(MayBegin(event));
  RETURN_IF_ERROR(Hold(*release));
  last_generation_ = to.value();
  rollout::Policy policy = MakePolicy(fresh);
  policy.seed = plan_.policy().seed;
  settings_ = std::move(fresh);
  plan_.set_policy(policy);
  return Begin("roll", to,
               Describe(releases_.emplace(to, *std::move(release)).first->second.generation),
               event);
}

absl::StatusOr<int64_t> Controller::Undo(std::optional<int64_t> to) {
  ASSIGN_OR_RETURN(const GenerationId target, UndoTarget(to));
  const Release& release = releases_.at(target);
  const rollout::RollRequested event{.generation = target};
  RETURN_IF_ERROR(MayBegin(event));
  RETURN_IF_ERROR(Hold(release));
  return Begin("undo", target, Describe(release.generation), event);
}

// As HoldAddresses, for a change that is refused where it fails.
absl::Status Controller::Hold(const Release& release) {
  absl::Status held = HoldAddresses(release);
  if (held.ok()) return held;
  meters_.RollRefused();
  return absl::FailedPreconditionError(held.message());
}

// The newest one before the present one that has proven itself, where none is named.
absl::StatusOr<GenerationId> Controller::UndoTarget(std::optional<int64_t> to) const {
  if (to.has_value()) {
    const GenerationId target(*to);
    if (releases_.contains(target)) return target;
    std::vector<int64_t> kept;
    for (const auto& [id, release] : releases_) kept.push_back(id.value());
    return absl::InvalidArgumentError(
        absl::StrCat("generation ", *to, " is not kept; kept are ", absl::StrJoin(kept, ", ")));
  }
  for (auto it = releases_.rbegin(); it != releases_.rend(); ++it) {
    if (it->first < plan_.view().generation && it->second.served) return it->first;
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "there is no generation before ", plan_.view().generation.value(), " to go back to"));
}

absl::StatusOr<int64_t> Controller::Scale(int workers) {
  if (workers < 1 || workers > fleet_file::kMaxWorkers) {
    return absl::InvalidArgumentError(
        absl::StrCat("a fleet has 1 to ", fleet_file::kMaxWorkers, " workers, and not ", workers));
  }
  const rollout::ScaleRequested event{workers};
  RETURN_IF_ERROR(MayBegin(event));
  const int before = plan_.view().open_slots();
  return Begin("scale", plan_.view().generation, absl::StrCat(before, " -> ", workers, " workers"),
               event);
}

absl::StatusOr<int64_t> Controller::Restart(int slot) {
  const int slots = plan_.view().open_slots();
  if (slot < 0 || slot >= slots) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no slot ", slot, ": slots are 0 to ", slots - 1));
  }
  const rollout::RestartRequested event{SlotId(slot)};
  RETURN_IF_ERROR(MayBegin(event));
  return Begin("restart", plan_.view().generation, absl::StrCat("slot ", slot), event);
}

// Why the plan would not follow this request. A plan is a value: a copy is asked.
absl::Status Controller::Refusal(const rollout::Event& request) const {
  rollout::Plan copy = plan_;
  for (const rollout::Action& action : copy.Step(loop_.Now(), request)) {
    const auto* refuse = std::get_if<rollout::Refuse>(&action);
    if (refuse != nullptr) return absl::FailedPreconditionError(refuse->reason);
  }
  return absl::OkStatus();
}

absl::Status Controller::MayBegin(const rollout::Event& change) {
  absl::Status refusal = Refusal(change);
  if (!refusal.ok()) meters_.RollRefused();
  return refusal;
}

int64_t Controller::Begin(const std::string& kind, GenerationId to, std::string_view what,
                          const rollout::Event& request) {
  const GenerationId from = plan_.view().generation;
  ledgers_.emplace_back(++last_roll_, kind, from, to, loop_.Now(), absl::Now(), KernelNow());
  const std::string generations =
      from == to ? absl::StrCat("generation ", from.value())
                 : absl::StrCat("generation ", from.value(), " -> ", to.value());
  // Told before the step, whose own news belong to the roll.
  Tell(api::event_kind::kRollBegan, absl::StrCat(kind == "roll" ? "" : absl::StrCat(kind, ": "),
                                                 generations, ": ", ToAbsl(what)));
  Step(request);
  return last_roll_;
}

absl::Status Controller::Pause() { return Ask(rollout::PauseRequested{}); }
absl::Status Controller::Resume() { return Ask(rollout::ResumeRequested{}); }
absl::Status Controller::Abort() { return Ask(rollout::AbortRequested{}); }

absl::Status Controller::Ask(const rollout::Event& request) {
  RETURN_IF_ERROR(Refusal(request));
  Step(request);
  return absl::OkStatus();
}

api::FleetHistory Controller::History() {
  api::FleetHistory history;
  for (const auto& [id, release] : releases_) {
    history.generations.push_back({.number = id.value(),
                                   .command = release.generation.command(),
                                   .taken = release.taken,
                                   .current = id == plan_.view().generation,
                                   .served = release.served,
                                   .not_kept = release.generation.not_kept()});
  }
  history.rolls.assign(past_.begin(), past_.end());
  const os::TcpCounters kernel = KernelNow();
  for (const RollLedger& ledger : ledgers_) {
    history.rolls.push_back(ledger.Record(kernel, loop_.Now()));
  }
  return history;
}

void Controller::Stop() { Post(rollout::StopRequested{}); }

void Controller::GiveVerdicts() {
  for (auto it = ledgers_.begin(); it != ledgers_.end();) {
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
    meters_.RollEnded(past_.back(), event.at);
    if (past_.size() > kKeepRolls) past_.pop_front();
    it = ledgers_.erase(it);
    events_.Append(std::move(event));
  }
}

// Keeps those in use, and the newest few.
void Controller::ForgetGenerations() {
  const auto keep = static_cast<size_t>(settings_.roll.keep_generations);
  std::set<GenerationId> used = {plan_.view().generation};
  for (const auto& [id, worker] : plan_.view().workers) used.insert(worker.generation);
  for (const rollout::Slot& slot : plan_.view().slots) used.insert(slot.wanted);
  for (auto it = releases_.begin(); it != releases_.end() && releases_.size() > keep;) {
    it = used.contains(it->first) ? std::next(it) : releases_.erase(it);
  }
}

}  // namespace rollport::controller
