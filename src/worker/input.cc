#include "worker/input.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace rollport::worker {

void Input::Reported(bool fin) {
  unread_ = Unread::kReported;
  if (fin && fin_ == Fin::kNone) fin_ = Fin::kReported;
}

void Input::LookAgain() {
  if (unread_ == Unread::kNothing) unread_ = Unread::kPerhaps;
}

bool Input::TakeReport() {
  if (unread_ != Unread::kReported) return false;
  unread_ = Unread::kPerhaps;
  return true;
}

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
  if (n < 0 && errno != EAGAIN) return Received::kError;
  if (n < 0) {
    unread_ = Unread::kNothing;
    return Received::kNone;
  }
  if (n == 0) {
    fin_ = Fin::kRead;
    return Received::kFin;
  }
  view_ = {scratch->data(), left + static_cast<size_t>(n)};
  // A short read has emptied a stream socket (epoll(7), "Questions and answers"); but a FIN that
  // has been reported is behind it, and will not be reported again.
  const bool emptied = static_cast<size_t>(n) < room && fin_ == Fin::kNone;
  unread_ = emptied ? Unread::kNothing : Unread::kPerhaps;
  return Received::kBytes;
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
