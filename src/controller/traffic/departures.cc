#include "controller/traffic/departures.h"

#include <set>

namespace rollport::controller {

void Departures::Expect(WorkerId worker, absl::Duration within) {
  std::unique_ptr<os::Timer>& timer = expected_[worker];
  timer = std::make_unique<os::Timer>(loop_, [this, worker] { Forget(worker); });
  if (within != absl::InfiniteDuration()) timer->After(within);
  Tell();
}

void Departures::Forget(WorkerId worker) {
  // Until the end of this function, which the timer may call.
  const auto done = expected_.extract(worker);
  if (!done.empty()) Tell();
}

void Departures::Tell() {
  std::set<WorkerId> workers;
  for (const auto& [worker, timer] : expected_) workers.insert(worker);
  steerer_.ExpectToLeave(workers);
}

}  // namespace rollport::controller
