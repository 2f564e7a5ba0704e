#include "os/errno_status.h"

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::os {

absl::Status ErrnoStatus(int error, std::string_view what) {
  absl::Status status = absl::ErrnoToStatus(error, "");
  char buffer[128];
  // The GNU strerror_r: it may return a static string and leave the buffer alone.
  const char* text = strerror_r(error, buffer, sizeof buffer);
  return absl::Status(status.code(), absl::StrCat(ToAbsl(what), ": ", text));
}

}  // namespace rollport::os
