#include "controller/requested_changes.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace rollport::controller {
namespace {

std::vector<rollout::CanaryStep> Steps(const std::vector<fleet_file::CanaryStep>& canary) {
  std::vector<rollout::CanaryStep> steps;
  for (const fleet_file::CanaryStep& step : canary) {
    const auto millionths = static_cast<uint32_t>(std::lround(step.per_cent * 10'000));
    steps.push_back({std::clamp(millionths, 1U, 999'999U), step.hold});
  }
  return steps;
}

// "bin/server --root site", and why its bytes are not kept if they are not.
std::string Describe(const Generation& generation) {
  std::string command = absl::StrJoin(generation.command(), " ");
  if (generation.not_kept().empty()) return command;
  return absl::StrCat(command, " (", generation.not_kept(), ")");
}

}  // namespace

rollout::Policy PolicyOf(const fleet_file::FleetSettings& settings) {
  rollout::Policy policy;
  policy.workers = settings.workers;
  policy.surge = settings.roll.surge;
  policy.healthy_after = settings.health.healthy_after;
  policy.unhealthy_after = settings.health.unhealthy_after;
  policy.min_healthy_time = settings.roll.min_healthy_time;
  policy.watch = settings.roll.watch.value_or(settings.roll.min_healthy_time);
  policy.healthy_deadline = settings.roll.healthy_deadline;
  policy.handshake_timeout = settings.roll.handshake_timeout;
  policy.drain_timeout = settings.roll.drain_timeout;
  policy.auto_revert = settings.roll.auto_revert;
  return policy;
}

absl::StatusOr<int64_t> RequestedChanges::Roll(const api::RollRequest& request) {
  ASSIGN_OR_RETURN(fleet_file::FleetSettings fresh, releases_.Reread());
  ASSIGN_OR_RETURN(Release release,
                   releases_.TakeNext(fresh, request.command.value_or(fresh.worker.command)));
  const GenerationId to = release.generation.id();
  rollout::RollRequested event{.generation = to,
                               .canary = Steps(request.canary.value_or(fresh.roll.canary))};
  // A number of workers that a person asked for by `scale` stays, unless the file has a new one.
  const bool resized = fresh.workers != releases_.at(runner_.fleet().generation).workers;
  if (resized) event.workers = fresh.workers;
  RETURN_IF_ERROR(MayBegin(event));
  RETURN_IF_ERROR(Hold(release));
  rollout::Policy policy = PolicyOf(fresh);
  policy.seed = runner_.plan().policy().seed;
  runner_.set_policy(policy);
  const std::string what = Describe(release.generation);
  releases_.Keep(std::move(release), std::move(fresh));
  return Begin("roll", to, what, event);
}

absl::StatusOr<int64_t> RequestedChanges::Undo(std::optional<int64_t> to) {
  ASSIGN_OR_RETURN(const GenerationId target, releases_.UndoTarget(to, runner_.fleet().generation));
  const Release& release = releases_.at(target);
  const rollout::RollRequested event{.generation = target};
  RETURN_IF_ERROR(MayBegin(event));
  RETURN_IF_ERROR(Hold(release));
  return Begin("undo", target, Describe(release.generation), event);
}

absl::StatusOr<int64_t> RequestedChanges::Scale(int workers) {
  if (workers < 1 || workers > fleet_file::kMaxWorkers) {
    return absl::InvalidArgumentError(
        absl::StrCat("a fleet has 1 to ", fleet_file::kMaxWorkers, " workers, and not ", workers));
  }
  const int surge = runner_.plan().policy().surge;
  if (fleet_file::MostMembers(workers, surge) > fleet_file::kMaxMembers) {
    return absl::InvalidArgumentError(absl::StrCat(
        workers, " workers and up to ", surge, " replacements (roll.surge) are more than the ",
        fleet_file::kMaxMembers, " listeners of one address that can be steered"));
  }
  const rollout::ScaleRequested event{workers};
  RETURN_IF_ERROR(MayBegin(event));
  const int before = runner_.fleet().open_slots();
  return Begin("scale", runner_.fleet().generation,
               absl::StrCat(before, " -> ", workers, " workers"), event);
}

absl::StatusOr<int64_t> RequestedChanges::Restart(int slot) {
  const int slots = runner_.fleet().open_slots();
  if (slot < 0 || slot >= slots) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is no slot ", slot, ": slots are 0 to ", slots - 1));
  }
  const rollout::RestartRequested event{SlotId(slot)};
  RETURN_IF_ERROR(MayBegin(event));
  return Begin("restart", runner_.fleet().generation, absl::StrCat("slot ", slot), event);
}

absl::Status RequestedChanges::Ask(const rollout::Event& request) {
  RETURN_IF_ERROR(runner_.Refusal(request));
  runner_.Step(request);
  return absl::OkStatus();
}

absl::Status RequestedChanges::MayBegin(const rollout::Event& change) {
  absl::Status refusal = runner_.Refusal(change);
  if (refusal.ok()) refusal = BesideStrays();
  if (!refusal.ok()) accounts_.NoteRefusal();
  return refusal;
}

// If a listener of ours leaves, one in a group of its own may become the first in the kernel's
// list, and then it gets everything.
absl::Status RequestedChanges::BesideStrays() {
  Steerer& steerer = traffic_.steerer();
  RETURN_IF_ERROR(steerer.Refresh().status());
  const std::vector<std::string> strays = steerer.Strays();
  if (strays.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("a listener in a group of its own may take every connection: ", strays.front(),
                   "; end it first"));
}

absl::Status RequestedChanges::Hold(const Release& release) {
  absl::Status held = traffic_.Hold(release);
  if (held.ok()) return held;
  accounts_.NoteRefusal();
  return absl::FailedPreconditionError(held.message());
}

int64_t RequestedChanges::Begin(const std::string& kind, GenerationId to, std::string_view what,
                                const rollout::Event& request) {
  // Before the step, because the events of the step are part of the roll.
  const int64_t number =
      accounts_.chronicle().BeginRoll(kind, runner_.fleet().generation, to, what);
  runner_.Step(request);
  return number;
}

}  // namespace rollport::controller
