// Opening a file with the rights of another user.
#ifndef ROLLPORT_OS_OPEN_AS_H_
#define ROLLPORT_OS_OPEN_AS_H_

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"
#include "os/process_settings.h"
#include "os/unique_fd.h"

namespace rollport::os {

// open(2) with the file-system user and group of `who` and with its supplementary groups instead of
// this process's, which setfsuid(2) would leave in force. A file that is made belongs to `who`.
// Errors name the path. REQUIRES: one thread.
absl::StatusOr<UniqueFd> OpenAs(const Credentials& who, const std::string& path, int flags,
                                mode_t mode);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_OPEN_AS_H_
