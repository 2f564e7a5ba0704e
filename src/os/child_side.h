// What happens in a child between fork and exec. Private to os/child.cc.
#ifndef ROLLPORT_OS_CHILD_SIDE_H_
#define ROLLPORT_OS_CHILD_SIDE_H_

#include <string>

#include "absl/status/status.h"

namespace rollport::os {

struct LaunchSpec;

// Arranges this process as `spec` says and executes it. On failure writes a report to `report_fd`,
// which is close-on-exec, and exits. REQUIRES: just forked, all signals blocked.
[[noreturn]] void BecomeChild(const LaunchSpec& spec, int report_fd);

// The error in a report.
absl::Status DecodeReport(const std::string& report);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_CHILD_SIDE_H_
