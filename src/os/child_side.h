// What happens in a child between fork and exec. Private to os/child.cc.
#ifndef ROLLPORT_OS_CHILD_SIDE_H_
#define ROLLPORT_OS_CHILD_SIDE_H_

#include <string>

#include "absl/status/status.h"

namespace rollport::os {

struct LaunchSpec;

// Sets this process up as `spec` says and executes the executable. On failure writes a report to
// `report_fd`, a pipe that is close-on-exec, and exits. REQUIRES: this process has just been
// forked, with all signals blocked.
[[noreturn]] void BecomeChild(const LaunchSpec& spec, int report_fd);

// The error in a report. REQUIRES: the report is not empty.
absl::Status DecodeReport(const std::string& report);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_CHILD_SIDE_H_
