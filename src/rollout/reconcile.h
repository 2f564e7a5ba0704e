// From what is to what is wanted, one decision at a time.
#ifndef ROLLPORT_ROLLOUT_RECONCILE_H_
#define ROLLPORT_ROLLOUT_RECONCILE_H_

#include "rollout/turn.h"

namespace rollport::rollout {

// Decides until there is nothing left to decide.
void Reconcile(Turn& turn);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_RECONCILE_H_
