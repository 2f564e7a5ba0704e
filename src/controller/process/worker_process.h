// One worker as the system has it: its processes, its page of counts, and the listeners by which it
// is in the fleet's groups.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_PROCESS_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_PROCESS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/strong_int.h"
#include "os/child.h"
#include "os/deferred.h"
#include "os/event_loop.h"
#include "os/proc.h"
#include "protocol/mapped_page.h"

namespace rollport::controller {

// A worker lives as long as its main process: the one that was launched or, where a server forks
// and its first process ends, the one that it names by MAINPID= before that.
class WorkerProcess {
 public:
  // `on_exit` is called once, when the worker has ended and been reaped; it may destroy this.
  WorkerProcess(os::EventLoop& loop, WorkerId id, SlotId slot, GenerationId generation,
                os::Child child, protocol::MappedPage page, os::UniqueFd channel,
                std::function<void(os::ExitStatus)> on_exit);
  // Nothing of the worker may be left behind: kills its process groups where it still runs.
  ~WorkerProcess();

  WorkerId id() const { return id_; }
  SlotId slot() const { return slot_; }
  GenerationId generation() const { return generation_; }
  // Of its main process.
  pid_t pid() const { return main_ != nullptr ? main_->process.pid() : launched_.process.pid(); }
  int pidfd() const { return main_ != nullptr ? main_->watch.fd() : launched_.watch.fd(); }
  Instant launched() const { return launched_at_; }
  // os::StartTime of that, which tells it from every process that has had or will have its pid.
  uint64_t start_time() const {
    return main_ != nullptr ? main_->start_time : launched_.start_time;
  }
  // Of one that an earlier controller has launched.
  void set_launched(Instant when) { launched_at_ = when; }
  const protocol::MappedPage& page() const { return page_; }

  // The controller's end of its channel: see protocol/handover.h.
  int channel() const { return channel_.get(); }
  // Whether it has said that it takes connections.
  bool TakesConnections();

  // Its processes and all that descend from them.
  std::vector<pid_t> Pids() const;
  bool OwnsPid(pid_t pid) const;
  // Whether this is one of those that it will reap.
  bool Holds(pid_t pid) const { return pid == this->pid() || pid == launched_.process.pid(); }

  // From now on `main` is its main process. kPermissionDenied where that is none of its own.
  // REQUIRES: no other worker holds `main`.
  absl::Status Follow(pid_t main);

  absl::Status Signal(int signal);
  // SIGKILL to all of it.
  void Kill();
  bool killed() const { return killed_; }

  // Called when a process of it has ended, before it is decided what that means: what it said last
  // may still be unread.
  std::function<void()> before_end;
  // What the worker says of itself in STATUS=; printable, and not long.
  std::string status_text;
  // Why the controller killed it; empty if a deadline of the plan ran out.
  std::string kill_reason;

 private:
  struct Held {
    Held(os::EventLoop& loop, os::Child child, std::function<void(uint32_t)> on_end)
        : process(std::move(child)),
          start_time(os::StartTime(process.pid()).value_or(0)),
          watch(loop, process.pidfd(), std::move(on_end)) {}
    os::Child process;
    uint64_t start_time;
    os::FdWatch watch;
  };
  void OnEnd();
  void KillGroups();

  os::EventLoop& loop_;
  const WorkerId id_;
  const SlotId slot_;
  const GenerationId generation_;
  protocol::MappedPage page_;
  os::UniqueFd channel_;
  bool takes_connections_ = false;
  Instant launched_at_;
  std::function<void(os::ExitStatus)> on_exit_;
  bool ended_ = false;
  bool killed_ = false;
  os::Deferred report_exit_;
  Held launched_;
  bool launched_gone_ = false;  // reaped: its pid may be another process's
  std::unique_ptr<Held> main_;  // null: the launched one
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_PROCESS_H_
