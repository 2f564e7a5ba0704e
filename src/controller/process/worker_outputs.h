// What workers write to stdout and stderr, on its way into the controller's log.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_OUTPUTS_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_OUTPUTS_H_

#include <sys/types.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/strong_int.h"
#include "controller/process/pipe_keeper.h"
#include "controller/process/worker_log.h"
#include "controller/process/worker_process.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::controller {

// One line, without its line end.
struct OutputLine {
  SlotId slot;
  GenerationId generation;
  pid_t pid = 0;
  const char* stream = "";  // "stdout" or "stderr"
  std::string text;
};

class WorkerOutputs {
 public:
  // `loop` is borrowed.
  explicit WorkerOutputs(os::EventLoop& loop);

  // Starts the process that keeps the pipes open if the controller dies. If it ends, another one is
  // started, after `on_keeper_lost` was called. REQUIRES: one thread.
  absl::Status Start(std::function<void()> on_keeper_lost = [] {});
  // Called for each line. Before the first Follow().
  void set_on_line(std::function<void(const OutputLine&)> on_line) {
    on_line_ = std::move(on_line);
  }
  // Reads `pipe` until its end. Does nothing if it is not valid: then that output goes elsewhere.
  // REQUIRES: Start() has succeeded.
  void Follow(const WorkerProcess& worker, const char* stream, os::UniqueFd pipe);
  // What it wrote last, oldest first; nullopt if none of its output is read here.
  std::optional<std::vector<std::string>> LastLines(WorkerId worker) const;
  // Passes on what the worker wrote last, and reads no more of its output.
  void EndReading(WorkerId worker) { logs_.erase(worker); }
  // The same; and forgets its last lines.
  void Forget(WorkerId worker);

 private:
  // Of each worker; a line is cut at its end.
  static constexpr size_t kLastLines = 3;
  static constexpr size_t kLastLineBytes = 200;
  void Remember(WorkerId worker, const std::string& line);
  absl::Status StartKeeper();
  void OnKeeperEnd();
  void ReplaceKeeper();

  os::EventLoop& loop_;
  std::unique_ptr<PipeKeeper> keeper_;
  std::unique_ptr<os::FdWatch> keeper_end_;
  Instant keeper_since_;
  os::Timer replace_keeper_;
  std::function<void()> on_keeper_lost_;
  std::function<void(const OutputLine&)> on_line_ = [](const OutputLine&) {};
  std::map<WorkerId, std::deque<std::string>> last_;  // before logs_, which add to it at their end
  std::multimap<WorkerId, WorkerLog> logs_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_OUTPUTS_H_
