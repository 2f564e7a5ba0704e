// One output of one worker on its way into the controller's log. Nothing that a worker writes may
// hold the controller up, and nothing that the controller does may hold the worker up for long.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_LOG_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_LOG_H_

#include <cstdint>

#include "controller/process/line_buffer.h"
#include "controller/process/line_limit.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::controller {

class WorkerLog {
 public:
  // Per second, passes on at most this many lines, then says how many were dropped. Reads at most
  // about this many bytes; a worker that writes more waits for the next second.
  static constexpr int64_t kLinesPerSecond = 1000;
  static constexpr int64_t kBytesPerSecond = 16 << 20;

  using Tell = LineLimit::Tell;
  // Reads `pipe`, which is non-blocking, until its end. `loop` is borrowed.
  WorkerLog(os::EventLoop& loop, os::UniqueFd pipe, Tell tell);
  // Passes on what the worker wrote last.
  ~WorkerLog();
  WorkerLog(const WorkerLog&) = delete;
  WorkerLog& operator=(const WorkerLog&) = delete;

  int pipe() const { return pipe_.get(); }

 private:
  void Arm();
  // False if there is nothing more to read now.
  bool ReadSome();
  void OnReadable();
  void EndSecond();

  os::UniqueFd pipe_;
  int64_t bytes_ = 0;  // of this second
  bool ended_ = false;
  bool paused_ = false;
  bool odd_ = false;  // see Arm
  LineLimit limit_;
  LineBuffer buffer_;
  os::Timer second_;
  os::FdWatch watch_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_LOG_H_
