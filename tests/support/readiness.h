// Waits for a descriptor, and fails the test if 10 s pass.
#ifndef ROLLPORT_TESTS_SUPPORT_READINESS_H_
#define ROLLPORT_TESTS_SUPPORT_READINESS_H_

#include <poll.h>

#include "gtest/gtest.h"

namespace rollport {

inline void AwaitEvent(int fd, short event) {
  pollfd polled = {.fd = fd, .events = event};
  ASSERT_EQ(poll(&polled, 1, 10'000), 1);
}
inline void AwaitReadable(int fd) { AwaitEvent(fd, POLLIN); }
inline void AwaitWritable(int fd) { AwaitEvent(fd, POLLOUT); }

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_READINESS_H_
