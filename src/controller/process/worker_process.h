// One worker as the operating system has it: its processes, the page in which it counts, and its
// channel.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_PROCESS_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_PROCESS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/instant.h"
#include "base/strong_int.h"
#include "controller/process/worker_channel.h"
#include "os/child.h"
#include "os/deferred.h"
#include "os/event_loop.h"
#include "os/proc.h"
#include "protocol/mapped_page.h"

namespace rollport::controller {

// A worker lives as long as its main process: the one that was launched or, if a server forks and
// its first process ends, the one that the server has named by MAINPID= before that.
class WorkerProcess {
 public:
  // `on_exit` is called once, when the worker has ended and been reaped; it may destroy this.
  // `channel` may be invalid: that of a worker of a former controller is lost. `loop` is borrowed.
  WorkerProcess(os::EventLoop& loop, WorkerId id, SlotId slot, GenerationId generation,
                os::Child child, protocol::MappedPage page, os::UniqueFd channel,
                std::function<void(os::ExitStatus)> on_exit);
  // No process of the worker may be left behind: kills its process groups if it still runs, and
  // waits for its end unless it was given up.
  ~WorkerProcess();

  WorkerId id() const { return id_; }
  SlotId slot() const { return slot_; }
  GenerationId generation() const { return generation_; }
  // Of its main process.
  pid_t pid() const { return main_ != nullptr ? main_->process.pid() : launched_.process.pid(); }
  int pidfd() const { return main_ != nullptr ? main_->watch.fd() : launched_.watch.fd(); }
  Instant launched() const { return launched_at_; }
  // os::StartTime of its main process, which tells it from every process that has had or will have
  // the same pid.
  uint64_t start_time() const {
    return main_ != nullptr ? main_->start_time : launched_.start_time;
  }
  // For a worker that a former controller launched.
  void set_launched(Instant when) { launched_at_ = when; }
  const protocol::MappedPage& page() const { return page_; }

  // See WorkerChannel.
  int channel() const { return channel_.fd(); }
  bool TakesConnections() { return channel_.TakesConnections(); }

  // Its main and its launched process, and all that descend from them.
  std::vector<pid_t> Pids() const;
  // The inodes of the sockets that these hold: a microsecond for each descriptor that they have
  // open. One that has ended holds none. Errors as of os::Sockets().
  absl::StatusOr<std::unordered_set<uint64_t>> Sockets() const;
  // True for these, and for a process whose parent has ended but which is still in the process
  // group of the launched one.
  bool OwnsPid(pid_t pid) const;
  // True for the pids that this object reaps: the main and the launched process.
  bool Holds(pid_t pid) const {
    return pid == this->pid() || (pid == launched_.process.pid() && !launched_.reaped);
  }

  // From now on `main` is its main process: one that it owns, or a daemon that has become a child
  // of this process and has this worker's ROLLPORT_SLOT and ROLLPORT_GENERATION in its environment.
  // kPermissionDenied if it is neither.
  // REQUIRES: no other worker holds `main`.
  absl::Status Follow(pid_t main);

  // To its main process.
  absl::Status Signal(int signal);
  // Sends SIGKILL to all its processes. `reason` becomes kill_reason(), unless it is empty.
  void Kill(std::string reason = "");
  bool killed() const { return kill_reason_.has_value(); }
  // True if it was killed and has not ended.
  bool IsStuck() const { return killed() && !Ended(); }
  // From now on nobody waits for its end; but `on_exit` is still called if it comes.
  void GiveUp() { end_ = End::kGivenUp; }
  // Why the controller killed it; empty if a deadline of the plan ran out.
  std::string kill_reason() const { return kill_reason_.value_or(""); }

  // `before_end` is called when one of its processes has ended, before it is decided what that
  // means: the worker's last messages may still be unread. Before the event loop's next turn.
  void set_before_end(std::function<void()> before_end) { before_end_ = std::move(before_end); }
  // What the worker says of itself in STATUS=; printable, and not long.
  const std::string& status_text() const { return status_text_; }
  void set_status_text(std::string text) { status_text_ = std::move(text); }

 private:
  struct Held {
    Held(os::EventLoop& loop, os::Child child, std::function<void(uint32_t)> on_end)
        : process(std::move(child)),
          start_time(os::StartTime(process.pid()).value_or(0)),
          watch(loop, process.pidfd(), std::move(on_end)) {}
    os::Child process;
    uint64_t start_time;
    os::FdWatch watch;
    bool reaped = false;  // its pid may be another process's by now
  };
  bool IsOrphan(pid_t pid) const;
  bool Ended() const;
  void OnEnd();
  void KillGroups();

  os::EventLoop& loop_;
  const WorkerId id_;
  const SlotId slot_;
  const GenerationId generation_;
  protocol::MappedPage page_;
  WorkerChannel channel_;
  Instant launched_at_;
  std::string status_text_;
  std::optional<std::string> kill_reason_;  // nullopt: not killed
  std::function<void()> before_end_ = [] {};
  std::function<void(os::ExitStatus)> on_exit_;
  enum class End : uint8_t { kAwaited, kGivenUp, kSeen };
  End end_ = End::kAwaited;
  os::Deferred report_exit_;
  Held launched_;
  std::unique_ptr<Held> main_;  // null: the launched one is the main process
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_PROCESS_H_
