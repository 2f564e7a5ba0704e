#include "controller/process/worker_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "fleet_file/output_path.h"
#include "os/errno_status.h"
#include "os/open_as.h"

namespace rollport::controller {
namespace {

absl::StatusOr<OpenedOutput> OpenPipe(const std::optional<os::Credentials>& who) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return os::ErrnoStatus(errno, "pipe2 for a worker's output");
  OpenedOutput pipe{.theirs = os::UniqueFd(ends[1]), .ours = os::UniqueFd(ends[0])};
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return os::ErrnoStatus(errno, "fcntl of a pipe");
  // A worker that opens /dev/stderr by name opens the pipe anew, for which it must own the pipe.
  if (who.has_value() && fchown(ends[1], who->uid, who->gid) != 0) {
    return os::ErrnoStatus(errno, "fchown of a pipe");
  }
  return pipe;
}

absl::StatusOr<OpenedOutput> OpenFile(const std::string& path,
                                      const std::optional<os::Credentials>& who) {
  // Non-blocking for the moment, so that a FIFO without a reader is an error, not a wait.
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  constexpr mode_t kMode = 0640;
  os::UniqueFd fd;
  if (who.has_value()) {
    ASSIGN_OR_RETURN(fd, os::OpenAs(*who, path, kFlags, kMode));
  } else {
    fd = os::UniqueFd(open(path.c_str(), kFlags, kMode));
  }
  if (!fd.valid()) return os::ErrnoStatus(errno, absl::StrCat("open ", path));
  if (fcntl(fd.get(), F_SETFL, O_APPEND) != 0) return os::ErrnoStatus(errno, "fcntl of " + path);
  return OpenedOutput{.theirs = std::move(fd)};
}

}  // namespace

absl::StatusOr<OpenedOutput> OpenOutput(const fleet_file::Output& output, SlotId slot,
                                        GenerationId generation,
                                        const std::optional<os::Credentials>& who) {
  switch (output.kind) {
    case fleet_file::Output::Kind::kLog:
      return OpenPipe(who);
    case fleet_file::Output::Kind::kNull:
      return OpenFile("/dev/null", std::nullopt);
    case fleet_file::Output::Kind::kFile:
      break;
  }
  ASSIGN_OR_RETURN(const std::string path, fleet_file::OutputPath(output.path, slot, generation));
  return OpenFile(path, who);
}

}  // namespace rollport::controller
