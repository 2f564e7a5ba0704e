#include "worker/input.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace rollport::worker {

Input::Received Input::Receive(int fd, std::vector<char>* scratch) {
  const size_t left = view_.size();
  RP_CHECK(left < scratch->size(), "no room to receive");
  if (left > 0) std::memmove(scratch->data(), view_.data(), left);
  view_ = {scratch->data(), left};
  const size_t room = scratch->size() - left;
  ssize_t n;
  do {
    n = recv(fd, scratch->data() + left, room, 0);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return errno == EAGAIN ? Received::kNone : Received::kError;
  if (n == 0) return Received::kEof;
  view_ = {scratch->data(), left + static_cast<size_t>(n)};
  // A short read has emptied a stream socket: epoll(7), "Questions and answers".
  return static_cast<size_t>(n) < room ? Received::kAll : Received::kSome;
}

void Input::Keep() {
  if (view_.empty()) {
    // Give back what a burst of pipelined requests made us keep.
    if (kept_.capacity() > 0) kept_ = {};
    view_ = {};
  } else if (view_.data() < kept_.data() || view_.data() >= kept_.data() + kept_.size()) {
    kept_.assign(view_);
    view_ = kept_;
  }
}

}  // namespace rollport::worker
