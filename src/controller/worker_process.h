// One worker as the system has it: a process group, its page of counts, and the listeners by which
// it is in the fleet's groups.
#ifndef ROLLPORT_CONTROLLER_WORKER_PROCESS_H_
#define ROLLPORT_CONTROLLER_WORKER_PROCESS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/strong_int.h"
#include "metrics/mapped_page.h"
#include "os/child.h"
#include "os/event_loop.h"

namespace rollport::controller {

class WorkerProcess {
 public:
  // `on_exit` is called once, when the process has ended and been reaped; it may destroy this.
  WorkerProcess(os::EventLoop& loop, WorkerId id, SlotId slot, GenerationId generation,
                os::Child child, metrics::MappedPage page,
                std::function<void(os::ExitStatus)> on_exit);
  // Nothing of the worker may be left behind: kills its process group where it still runs.
  ~WorkerProcess();

  WorkerId id() const { return id_; }
  SlotId slot() const { return slot_; }
  GenerationId generation() const { return generation_; }
  pid_t pid() const { return child_.pid(); }
  int pidfd() const { return child_.pidfd(); }
  Instant launched() const { return launched_; }
  const metrics::MappedPage& page() const { return page_; }

  // Its process and all that descends from it.
  std::vector<pid_t> Pids() const;
  bool OwnsPid(pid_t pid) const;

  absl::Status Signal(int signal) { return child_.Signal(signal); }
  // SIGKILL to the whole process group.
  void Kill();
  bool killed() const { return killed_; }

  // What the worker says of itself in STATUS=.
  std::string status_text;

 private:
  void OnPidfd();

  os::EventLoop& loop_;
  const WorkerId id_;
  const SlotId slot_;
  const GenerationId generation_;
  os::Child child_;
  metrics::MappedPage page_;
  const Instant launched_;
  std::function<void(os::ExitStatus)> on_exit_;
  bool ended_ = false;
  bool killed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  os::FdWatch watch_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_WORKER_PROCESS_H_
