// Waiting for something that can only be looked at, such as a counter in a shared page.
#ifndef ROLLPORT_TESTS_SUPPORT_EVENTUALLY_H_
#define ROLLPORT_TESTS_SUPPORT_EVENTUALLY_H_

#include <poll.h>

#include <chrono>
#include <functional>

namespace rollport {

// Returns true as soon as `condition` does, or false if it has not within 20 seconds.
inline bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_EVENTUALLY_H_
