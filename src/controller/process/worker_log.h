// One output of one worker on its way into the controller's log. Nothing that a worker writes may
// hold the controller up, and nothing that the controller does may hold the worker up for long.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_LOG_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_LOG_H_

#include <cstdint>
#include <functional>
#include <string>

#include "controller/process/line_buffer.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::controller {

class WorkerLog {
 public:
  // Of each second's lines so many are told, and then how many were left out. Of each second's
  // bytes so many are read; a worker that writes more waits for the next second.
  static constexpr int64_t kLinesPerSecond = 1000;
  static constexpr int64_t kBytesPerSecond = 16 << 20;

  using Tell = std::function<void(const std::string& line)>;
  // Reads `pipe`, which is non-blocking, until its end.
  WorkerLog(os::EventLoop& loop, os::UniqueFd pipe, Tell tell);
  // Tells what the worker wrote last.
  ~WorkerLog();
  WorkerLog(const WorkerLog&) = delete;
  WorkerLog& operator=(const WorkerLog&) = delete;

 private:
  void Arm();
  // False where there is nothing more to be had now.
  bool ReadSome();
  void OnReadable();
  void OnLine(const std::string& line);
  void EndSecond();

  os::UniqueFd pipe_;
  const Tell tell_;
  int64_t lines_ = 0;  // of this second
  int64_t bytes_ = 0;  //
  int64_t left_out_ = 0;
  bool ended_ = false;
  bool paused_ = false;
  bool odd_ = false;
  LineBuffer buffer_;
  os::Timer second_;
  os::FdWatch watch_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_LOG_H_
