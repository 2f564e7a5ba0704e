// Names for the few workers that a test has.
#ifndef ROLLPORT_TESTS_CONTROLLER_SUPPORT_WORKER_IDS_H_
#define ROLLPORT_TESTS_CONTROLLER_SUPPORT_WORKER_IDS_H_

#include "base/strong_int.h"

namespace rollport::controller {

inline constexpr WorkerId kOne(1), kTwo(2), kThree(3), kFour(4), kFive(5);

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_SUPPORT_WORKER_IDS_H_
