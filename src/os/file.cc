#include "os/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/strings.h"
#include "os/errno_status.h"
#include "os/unique_fd.h"

namespace rollport::os {
namespace {

constexpr size_t kMiB = 1 << 20;

std::string Size(size_t bytes) {
  return bytes % kMiB == 0 ? absl::StrCat(bytes / kMiB, " MiB") : absl::StrCat(bytes, " bytes");
}

}  // namespace

absl::StatusOr<std::string> ReadToEnd(int fd, std::string_view name, size_t max_bytes) {
  std::string content;
  char buffer[16 << 10];
  while (true) {
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n == 0) return content;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, name);
    content.append(buffer, static_cast<size_t>(n));
    if (content.size() > max_bytes) {
      return absl::OutOfRangeError(
          absl::StrCat(ToAbsl(name), ": it is larger than ", Size(max_bytes)));
    }
  }
}

absl::StatusOr<std::string> ReadFile(const std::string& path, const ReadOptions& options) {
  // Without O_NONBLOCK the open of a pipe waits for a writer; it changes nothing for regular files.
  const int flags =
      (options.regular_only ? O_NONBLOCK : 0) | (options.no_link ? O_NOFOLLOW : 0) | O_NOCTTY;
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  if (!fd.valid()) return ErrnoStatus(errno, path);
  struct stat info;
  if (options.regular_only && fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, path);
  if (options.regular_only && !S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": it is not a regular file"));
  }
  return ReadToEnd(fd.get(), path, options.max_bytes);
}

absl::Status WithoutPath(const absl::Status& error, std::string_view path) {
  absl::string_view message = error.message();
  if (absl::ConsumePrefix(&message, ToAbsl(path))) absl::ConsumePrefix(&message, ": ");
  return absl::Status(error.code(), message);
}

}  // namespace rollport::os
