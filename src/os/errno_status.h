// The one place where an errno becomes an absl::Status.
#ifndef ROLLPORT_OS_ERRNO_STATUS_H_
#define ROLLPORT_OS_ERRNO_STATUS_H_

#include <string_view>

#include "absl/status/status.h"

namespace rollport::os {

// "WHAT: No such file or directory"; if there are too many descriptors, with the limit. `what`
// names the call and its object: "accept4 on 0.0.0.0:8080".
absl::Status ErrnoStatus(int error, std::string_view what);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_ERRNO_STATUS_H_
