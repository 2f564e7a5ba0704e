#include "controller/process/worker_log.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rollport::controller {

WorkerLog::WorkerLog(os::EventLoop& loop, os::UniqueFd pipe, Tell tell)
    : pipe_(std::move(pipe)),
      tell_(std::move(tell)),
      buffer_([this](const std::string& line) { OnLine(line); }),
      second_(loop, [this] { EndSecond(); }),
      watch_(loop, pipe_.get(), [this](uint32_t) { OnReadable(); }) {
  Arm();
}

// For one event each: a watch for nothing would still be told of the end of a pipe, again and
// again. The other bit means nothing for a pipe; without a change Set() would do nothing.
void WorkerLog::Arm() {
  odd_ = !odd_;
  (void)watch_.Set(EPOLLIN | EPOLLONESHOT | (odd_ ? EPOLLPRI : 0U));
}

WorkerLog::~WorkerLog() {
  // The pipe's own size, at most: a child that the worker left behind may go on writing.
  for (int i = 0; i < 16 && !ended_ && ReadSome(); ++i) {
  }
  buffer_.End();
  EndSecond();
}

bool WorkerLog::ReadSome() {
  char block[64 << 10];
  const ssize_t n = read(pipe_.get(), block, sizeof block);
  if (n < 0 && errno == EINTR) return true;
  if (n < 0 && errno == EAGAIN) return false;
  if (n <= 0) {
    ended_ = true;
    return false;
  }
  if (!second_.armed()) second_.After(absl::Seconds(1));
  bytes_ += n;
  buffer_.Add({block, static_cast<size_t>(n)});
  return true;
}

void WorkerLog::OnReadable() {
  (void)ReadSome();
  if (ended_) return buffer_.End();
  paused_ = bytes_ >= kBytesPerSecond;
  if (!paused_) Arm();
}

void WorkerLog::OnLine(const std::string& line) {
  if (++lines_ <= kLinesPerSecond) return tell_(line);
  ++left_out_;
}

void WorkerLog::EndSecond() {
  if (left_out_ > 0) tell_(absl::StrCat("[", left_out_, " lines left out]"));
  lines_ = bytes_ = left_out_ = 0;
  if (std::exchange(paused_, false)) Arm();
}

}  // namespace rollport::controller
