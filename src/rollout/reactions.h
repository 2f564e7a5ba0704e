// What news of a worker does to it, by the table of its states (transitions.h).
#ifndef ROLLPORT_ROLLOUT_REACTIONS_H_
#define ROLLPORT_ROLLOUT_REACTIONS_H_

#include <string_view>

#include "absl/time/time.h"
#include "rollout/transitions.h"
#include "rollout/turn.h"

namespace rollport::rollout {

struct News {
  Stimulus stimulus;
  std::string_view detail;   // for people
  absl::Duration time = {};  // of kAskedForTime
  int waiting = 0;           // of kQueueChanged
};

// News of a worker that is no longer in the fleet is late, and changes nothing.
void Stimulate(Turn& turn, WorkerId id, const News& news);

// Tells every worker whose state has run out of time: Stimulus::kDeadline.
void PassDeadlines(Turn& turn);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_REACTIONS_H_
