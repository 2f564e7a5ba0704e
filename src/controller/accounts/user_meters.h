// What user code counts in the workers' pages, summed over the fleet.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_USER_METERS_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_USER_METERS_H_

#include "controller/process/worker_table.h"
#include "exposition/families.h"
#include "metrics/user_totals.h"

namespace rollport::controller {

class UserMeters {
 public:
  // `workers` is borrowed.
  explicit UserMeters(const WorkerTable& workers) : workers_(workers) {}

  // The worker has ended: reads its page for the last time. REQUIRES: the table of workers forgets
  // it before the next Show().
  void Bury(const WorkerProcess& worker);
  void Show(exposition::Families* out);

 private:
  const WorkerTable& workers_;
  metrics::UserTotals totals_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_USER_METERS_H_
