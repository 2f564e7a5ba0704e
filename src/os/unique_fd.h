// Owns one file descriptor. `UniqueFd` by value owns; a plain `int fd` borrows.
#ifndef ROLLPORT_OS_UNIQUE_FD_H_
#define ROLLPORT_OS_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace rollport::os {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(); }

  // -1 if nothing is owned. There is no conversion to bool: descriptor 0 is a descriptor.
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int Release() { return std::exchange(fd_, -1); }
  // Owns `fd` from now on, and closes what was owned. close(2) is not retried: on Linux the
  // descriptor is closed even after EINTR.
  void Reset(int fd = -1) {
    if (const int old = std::exchange(fd_, fd); old >= 0) ::close(old);
  }

 private:
  int fd_ = -1;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_UNIQUE_FD_H_
