#include "controller/accounts/canary_audit.h"

#include <optional>
#include <utility>

namespace rollport::controller {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(100);

}  // namespace

CanaryAudit::CanaryAudit(os::EventLoop& loop, const WorkerTable& workers, const Releases& releases,
                         const rollout::Plan& plan,
                         std::function<void(WorkerId, const std::string&)> on_worse)
    : workers_(workers),
      releases_(releases),
      plan_(plan),
      on_worse_(std::move(on_worse)),
      look_(loop, [this] { Look(); }) {}

void CanaryAudit::BeginStep() {
  served_before_.clear();
  for (const auto& [id, worker] : workers_.all()) {
    served_before_[id] = Served::Read(worker->page());
  }
  look_.After(kPause);
}

void CanaryAudit::Look() {
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
  look_.After(kPause);
  if (const auto why = WhyWorse(its, others, releases_.settings().roll)) on_worse_(*canary, *why);
}

}  // namespace rollport::controller
