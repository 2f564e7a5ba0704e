// While a canary has a share: compares it with the former generation, and tells the plan.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "controller/accounts/canary_judge.h"
#include "controller/controller.h"

namespace rollport::controller {
namespace {

constexpr absl::Duration kAuditPause = absl::Milliseconds(100);

}  // namespace

void Controller::Do(const rollout::CanaryStepBegan& action) {
  const rollout::CanaryStep& step = plan_.view().roll->canary[action.step];
  TellOf(action.worker, api::event_kind::kCanaryStepBegan,
         rollout::Name(rollout::WorkerState::kCanary),
         absl::StrFormat("the canary has %g %% of new connections%s", step.millionths / 10'000.0,
                         step.hold == absl::InfiniteDuration()
                             ? ""
                             : absl::StrCat(" for ", absl::FormatDuration(step.hold))));
  served_before_.clear();
  for (const auto& [id, worker] : workers_.all()) {
    served_before_[id] = Served::Read(worker->page());
  }
  audit_.After(kAuditPause);
}

void Controller::Audit() {
  const rollout::Fleet& fleet = plan_.view();
  std::optional<WorkerId> canary;
  Served its, others;
  for (const auto& [id, worker] : workers_.all()) {
    const auto known = fleet.workers.find(id);
    if (known == fleet.workers.end()) continue;
    const bool on_trial = known->second.state == rollout::WorkerState::kCanary;
    if (on_trial) canary = id;
    Served served = Served::Read(worker->page());
    if (const auto before = served_before_.find(id); before != served_before_.end()) {
      served -= before->second;
    }
    (on_trial ? its : others) += served;
  }
  if (!canary.has_value()) return;
  audit_.After(kAuditPause);
  if (const auto why = WhyWorse(its, others, settings_.roll)) {
    Post(rollout::CanaryFoundWorse{*canary, *why});
  }
}

}  // namespace rollport::controller
