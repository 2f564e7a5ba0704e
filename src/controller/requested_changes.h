// The changes of a fleet that people ask for: each is checked, and then begun. What the plan itself
// refuses is in rollout/requests.h.
#ifndef ROLLPORT_CONTROLLER_REQUESTED_CHANGES_H_
#define ROLLPORT_CONTROLLER_REQUESTED_CHANGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/fleet_control.h"
#include "controller/accounts/accounts.h"
#include "controller/plan_runner.h"
#include "controller/process/releases.h"
#include "controller/traffic/traffic.h"
#include "rollout/event.h"
#include "rollout/policy.h"

namespace rollport::controller {

// The plan's policy, as the fleet file says; `seed` is not set.
rollout::Policy PolicyOf(const fleet_file::FleetSettings& settings);

// Each function does what api::FleetControl says of the function of the same name.
class RequestedChanges {
 public:
  // All are borrowed.
  RequestedChanges(Releases& releases, Traffic& traffic, PlanRunner& runner, Accounts& accounts)
      : releases_(releases), traffic_(traffic), runner_(runner), accounts_(accounts) {}

  absl::StatusOr<int64_t> Roll(const api::RollRequest& request);
  absl::StatusOr<int64_t> Undo(std::optional<int64_t> to);
  absl::StatusOr<int64_t> Scale(int workers);
  absl::StatusOr<int64_t> Restart(int slot);
  // Pause, resume or abort.
  absl::Status Ask(const rollout::Event& request);

 private:
  // Why the plan would refuse this change. A refusal is counted.
  absl::Status MayBegin(const rollout::Event& change);
  absl::Status BesideStrays();
  // Holds the addresses of `release` before it is launched, or refuses the change.
  absl::Status Hold(const Release& release);
  // Begins a change that will not be refused. Returns its number.
  int64_t Begin(const std::string& kind, GenerationId to, std::string_view what,
                const rollout::Event& request);

  Releases& releases_;
  Traffic& traffic_;
  PlanRunner& runner_;
  Accounts& accounts_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_REQUESTED_CHANGES_H_
