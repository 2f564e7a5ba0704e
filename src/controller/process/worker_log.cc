#include "controller/process/worker_log.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace rollport::controller {

WorkerLog::WorkerLog(os::EventLoop& loop, os::UniqueFd pipe, Tell tell)
    : pipe_(std::move(pipe)),
      limit_(kLinesPerSecond, std::move(tell)),
      buffer_([this](const std::string& line) { limit_.Add(line); }),
      second_(loop, [this] { EndSecond(); }),
      watch_(loop, pipe_.get(), [this](uint32_t) { OnReadable(); }) {
  Arm();
}

// For one event each: a watch for no events would still report the end of a pipe, again and again.
// The other bit means nothing for a pipe, but Set() does nothing if it is given the same events.
void WorkerLog::Arm() {
  odd_ = !odd_;
  // Fails only without memory; the destructor reads what a pipe holds all the same.
  watch_.Set(EPOLLIN | EPOLLONESHOT | (odd_ ? EPOLLPRI : 0U)).IgnoreError();
}

WorkerLog::~WorkerLog() {
  // No more than a pipe holds: a child that the worker left behind may go on writing.
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
  (void)ReadSome();  // what is left is read at the next event
  if (ended_) return buffer_.End();
  paused_ = bytes_ >= kBytesPerSecond;
  if (!paused_) Arm();
}

void WorkerLog::EndSecond() {
  limit_.EndSecond();
  bytes_ = 0;
  if (std::exchange(paused_, false)) Arm();
}

}  // namespace rollport::controller
