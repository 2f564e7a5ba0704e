#include "worker/output.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace rollport::worker {
namespace {

// The most bytes of a file sent in one turn of the loop: a fast reader of a large file must not
// starve the other connections.
constexpr uint64_t kFilePerTurn = 4 << 20;

}  // namespace

std::string* Output::bytes() {
  RP_CHECK(!has_file(), "bytes after a file");
  if (bytes_.capacity() <= std::string().capacity()) bytes_ = pool_.Take();
  return &bytes_;
}

void Output::AddFile(os::UniqueFd file, uint64_t offset, uint64_t length) {
  RP_CHECK(!has_file(), "a file after a file");
  if (length == 0) return;
  file_ = std::move(file);
  file_offset_ = offset;
  file_left_ = length;
}

Output::Result Output::Flush(int fd, bool last, bool* progress) {
  if (sent_ < bytes_.size()) {
    if (const Result result = SendBytes(fd, last, progress); result != Result::kDone) return result;
  }
  return has_file() ? SendFile(fd, progress) : Result::kDone;
}

Output::Result Output::SendBytes(int fd, bool last, bool* progress) {
  // The head goes out together with the file's first bytes.
  const int flags = MSG_NOSIGNAL | (has_file() || last ? MSG_MORE : 0);
  while (sent_ < bytes_.size()) {
    const ssize_t n = send(fd, bytes_.data() + sent_, bytes_.size() - sent_, flags);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN ? Result::kBlocked : Result::kBroken;
    *progress = true;
    sent_ += static_cast<size_t>(n);
  }
  sent_ = 0;
  pool_.Give(std::exchange(bytes_, {}));
  return Result::kDone;
}

Output::Result Output::SendFile(int fd, bool* progress) {
  uint64_t budget = kFilePerTurn;
  while (file_left_ > 0) {
    if (budget == 0) return Result::kYield;
    off_t offset = static_cast<off_t>(file_offset_);
    const ssize_t n = sendfile(fd, file_.get(), &offset, std::min(budget, file_left_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN ? Result::kBlocked : Result::kBroken;
    if (n == 0) return Result::kBroken;
    *progress = true;
    file_offset_ += static_cast<uint64_t>(n);
    file_left_ -= static_cast<uint64_t>(n);
    budget -= static_cast<uint64_t>(n);
  }
  file_.Reset();
  return Result::kDone;
}

}  // namespace rollport::worker
