// What people ask of a controller, and the generations and verdicts that come of it.
#include <unistd.h>

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "controller/controller.h"
#include "controller/fleet_file.h"

namespace rollport::controller {
namespace {

constexpr size_t kKeepGenerations = 5;

}  // namespace

absl::StatusOr<FleetSettings> Controller::Reread() const {
  ASSIGN_OR_RETURN(const FleetSettings fresh, LoadFleetFile(settings_.file));
  const auto fixed = [this](const char* what) {
    return absl::InvalidArgumentError(
        absl::StrCat(settings_.file, ": ", what,
                     " has changed; that takes effect when the fleet is stopped and run again"));
  };
  if (fresh.name != settings_.name) return fixed("name");
  if (fresh.listen != settings_.listen) return fixed("listen");
  if (fresh.workers != settings_.workers) return fixed("workers");
  if (fresh.state_dir != settings_.state_dir) return fixed("state_dir");
  if (fresh.admin != settings_.admin) return fixed("admin");
  const auto owner = [](const FleetSettings& settings) {
    const auto& who = settings.worker.process.credentials;
    return who.has_value() ? who->uid : geteuid();
  };
  // The new user's listeners could not share the ports with the former one's.
  if (owner(fresh) != owner(settings_)) return fixed("user");
  return fresh;
}

absl::StatusOr<int64_t> Controller::Roll(std::optional<std::vector<std::string>> command) {
  ASSIGN_OR_RETURN(FleetSettings fresh, Reread());
  const GenerationId to(releases_.rbegin()->first.value() + 1);
  absl::StatusOr<Generation> generation = Generation::Take(
      to, command.value_or(fresh.worker.command), fresh.worker.env, fresh.directory);
  if (!generation.ok()) return absl::InvalidArgumentError(generation.status().message());

  const GenerationId from = plan_.view().generation;
  const FleetSettings former = std::exchange(settings_, fresh);
  releases_.emplace(to, Release{*std::move(generation), fresh.worker});
  ledgers_.emplace_back(last_roll_ + 1, from, to, loop_.Now());
  const rollout::Policy policy = plan_.policy();
  rollout::Policy next = MakePolicy(settings_);
  next.seed = policy.seed;
  plan_.set_policy(next);
  ++last_roll_;
  // Told before the step, whose own news belong to the roll.
  const std::string not_kept = releases_.at(to).generation.not_kept();
  if (plan_.view().state() == rollout::FleetState::kSteady) {
    Tell("RollBegan", absl::StrCat("generation ", from.value(), " -> ", to.value(), ": ",
                                   absl::StrJoin(releases_.at(to).generation.command(), " "),
                                   not_kept.empty() ? "" : absl::StrCat(" (", not_kept, ")")));
  }
  if (const auto refused = Step(rollout::RollRequested{to})) {
    plan_.set_policy(policy);
    settings_ = former;
    releases_.erase(to);
    ledgers_.pop_back();
    --last_roll_;
    return absl::FailedPreconditionError(*refused);
  }
  return last_roll_;
}

void Controller::Stop() { Post(rollout::StopRequested{}); }

void Controller::GiveVerdicts() {
  for (auto it = ledgers_.begin(); it != ledgers_.end();) {
    const std::optional<Verdict> verdict = it->verdict();
    if (!verdict.has_value()) {
      ++it;
      continue;
    }
    FleetEvent event{.roll = it->number(), .at = absl::Now(), .kind = "RollEnded"};
    event.message = verdict->outcome;
    if (!verdict->reason.empty()) absl::StrAppend(&event.message, ": ", verdict->reason);
    event.verdict = verdict;
    it = ledgers_.erase(it);
    events_.Append(std::move(event));
  }
}

// Keeps those in use, and the newest few.
void Controller::ForgetGenerations() {
  std::set<GenerationId> used = {plan_.view().generation};
  for (const auto& [id, worker] : plan_.view().workers) used.insert(worker.generation);
  for (const rollout::Slot& slot : plan_.view().slots) used.insert(slot.wanted);
  for (auto it = releases_.begin(); it != releases_.end() && releases_.size() > kKeepGenerations;) {
    it = used.contains(it->first) ? std::next(it) : releases_.erase(it);
  }
}

}  // namespace rollport::controller
