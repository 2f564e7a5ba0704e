// Waiting for something that can only be looked at, such as a counter in a shared page.
#ifndef ROLLPORT_TESTS_WORKER_EVENTUALLY_H_
#define ROLLPORT_TESTS_WORKER_EVENTUALLY_H_

#include <poll.h>

#include <functional>

namespace rollport::worker {

// True as soon as `condition` is, false where it is not within 20 seconds.
inline bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 20'000; ++i) {
    if (condition()) return true;
    poll(nullptr, 0, 1);
  }
  return false;
}

}  // namespace rollport::worker

#endif  // ROLLPORT_TESTS_WORKER_EVENTUALLY_H_
