// The metrics of a fleet. Each part counts one thing; this class passes on to the parts what
// happens, and shows their series in the order of the catalogue. It decides nothing.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_METERS_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_METERS_H_

#include <cstdint>

#include "api/event_log.h"
#include "base/instant.h"
#include "controller/accounts/page_totals.h"
#include "controller/accounts/roll_meters.h"
#include "controller/accounts/user_meters.h"
#include "controller/accounts/worker_lives.h"
#include "controller/process/worker_table.h"
#include "exposition/families.h"
#include "metrics/page_counts.h"
#include "os/child.h"

namespace rollport::controller {

class FleetMeters {
 public:
  // Both are borrowed.
  FleetMeters(const WorkerTable& workers, api::EventLog& events);

  // See WorkerLives::Follow.
  void Follow(Instant now, const rollout::Event& event, const rollout::Actions& actions,
              const rollout::Fleet& after) {
    lives_.Follow(now, event, actions, after);
  }
  // The worker has ended, and the table of workers is about to forget it. REQUIRES: the plan is
  // told afterwards.
  // `cut`: how many connections it has cut.
  void Bury(const WorkerProcess& worker, const os::ExitStatus& how, int64_t cut);
  RollMeters& rolls() { return rolls_; }

  // All that the workers have counted so far, the dead ones too.
  metrics::PageCounts Totals() { return pages_.Sum(); }
  // Adds the series of a fleet with `slots` slots.
  void Show(size_t slots, exposition::Families* out);
  // Adds what user code counts.
  void ShowUser(exposition::Families* out) { user_.Show(out); }

 private:
  WorkerLives lives_;
  PageTotals pages_;
  UserMeters user_;
  RollMeters rolls_;
  uint64_t broken_promises_ = 0;
  api::EventLog::Subscription subscription_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_METERS_H_
