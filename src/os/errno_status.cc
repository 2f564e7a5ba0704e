#include "os/errno_status.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "os/descriptor_limit.h"

namespace rollport::os {

absl::Status ErrnoStatus(int error, std::string_view what) {
  absl::Status status = absl::ErrnoToStatus(error, "");
  char buffer[128];
  // The GNU strerror_r: it may return a static string and leave the buffer alone.
  const char* text = strerror_r(error, buffer, sizeof buffer);
  std::string message = absl::StrCat(ToAbsl(what), ": ", text);
  if (error == EMFILE) absl::StrAppend(&message, " (RLIMIT_NOFILE is ", DescriptorLimit(), ")");
  return absl::Status(status.code(), message);
}

}  // namespace rollport::os
