// What workers say of themselves, in the words of sd_notify(3), and the watchdogs of workers that
// must keep saying it. What a worker says is gossip: the kernel's own tables are believed instead
// if they tell the same thing.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_MESSAGES_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_MESSAGES_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/strong_int.h"
#include "controller/process/watchdog.h"
#include "controller/process/worker_table.h"
#include "os/event_loop.h"
#include "os/notify_socket.h"
#include "os/process_settings.h"

namespace rollport::controller {

class WorkerMessages {
 public:
  // Is told what follows from a message. Every call is for a worker that is in the table and stays
  // there during the call.
  class Receiver {
   public:
    virtual void OnReady(WorkerId worker) = 0;
    virtual void OnStopping(WorkerId worker) = 0;
    virtual void OnAskedForTime(WorkerId worker, absl::Duration time) = 0;
    // The worker has named a process, which is its main process from now on if `followed` is OK.
    virtual void OnMainProcess(WorkerId worker, const absl::Status& followed) = 0;
    // The worker is killed after this call.
    virtual void OnWatchdogFailed(WorkerId worker, const std::string& reason) = 0;

   protected:
    ~Receiver() = default;
  };

  // `path` is that of a Unix socket; one that begins with "@" is in the abstract namespace. `user`
  // is the user that the workers run as, if that is not this process's own. All references are
  // borrowed.
  WorkerMessages(os::EventLoop& loop, WorkerTable& workers, std::string path, Receiver& receiver,
                 std::optional<os::Credentials> user = std::nullopt);

  // For the workers' NOTIFY_SOCKET.
  const std::string& path() const { return path_; }
  // Makes the socket, or makes it again after its file has been removed. Messages that were sent
  // before are not lost.
  absl::Status Open();
  // False if no worker can reach the socket.
  bool intact() const;

  // Handles all messages that have come, 1024 at most; the loop handles 64 in a turn. To be called
  // before a worker's end is handled: its last messages would be too late afterwards.
  void Read();

  // Kills the worker if it does not say WATCHDOG=1 for `patience`. To be called when it is ready: a
  // start may take longer. Does nothing if `patience` is zero, or if the worker has a watchdog.
  void StartWatchdog(WorkerId worker, absl::Duration patience);
  void StopWatchdog(WorkerId worker) { watchdogs_.erase(worker); }

 private:
  void Read(int most);
  bool MayBeAWorkers(const os::NotifyMessage& message) const;
  void Hear(WorkerProcess& worker, const os::NotifyMessage& message);
  void HearMainProcess(WorkerProcess& worker, std::string_view pid);
  void HearWatchdog(WorkerProcess& worker, const os::NotifyMessage& message);
  void Condemn(WorkerProcess& worker, std::string reason);

  os::EventLoop& loop_;
  WorkerTable& workers_;
  const std::string path_;
  Receiver& receiver_;
  const std::optional<os::Credentials> user_;
  std::optional<os::NotifySocket> socket_;  // nullopt if it could not be made
  std::optional<os::FdWatch> watch_;
  std::map<WorkerId, Watchdog> watchdogs_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_MESSAGES_H_
