// What must be true of every step of a plan, each promise in English first. Checked after every
// step, in tests and by the controller itself.
#ifndef ROLLPORT_ROLLOUT_INVARIANTS_H_
#define ROLLPORT_ROLLOUT_INVARIANTS_H_

#include <string>
#include <vector>

#include "rollout/action.h"
#include "rollout/policy.h"
#include "rollout/state.h"

namespace rollport::rollout {

// One sentence for each promise that the step from `before` to `after`, which asked for `actions`,
// has broken. Empty: all hold.
std::vector<std::string> BrokenPromises(const Fleet& before, const Actions& actions,
                                        const Fleet& after);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_INVARIANTS_H_
