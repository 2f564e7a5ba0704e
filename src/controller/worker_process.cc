#include "controller/worker_process.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "os/proc.h"

namespace rollport::controller {

WorkerProcess::WorkerProcess(os::EventLoop& loop, WorkerId id, SlotId slot, GenerationId generation,
                             os::Child child, metrics::MappedPage page,
                             std::function<void(os::ExitStatus)> on_exit)
    : loop_(loop),
      id_(id),
      slot_(slot),
      generation_(generation),
      child_(std::move(child)),
      page_(std::move(page)),
      launched_(loop.Now()),
      on_exit_(std::move(on_exit)),
      watch_(loop, child_.pidfd(), [this](uint32_t) { OnPidfd(); }) {
  const absl::Status status = watch_.Set(EPOLLIN);
  RP_CHECK(status.ok(), status.ToString());
}

WorkerProcess::~WorkerProcess() {
  *alive_ = false;
  if (ended_) return;
  Kill();
  (void)child_.Wait();
}

std::vector<pid_t> WorkerProcess::Pids() const {
  std::vector<pid_t> pids = os::DescendantPids(pid());
  pids.insert(pids.begin(), pid());
  return pids;
}

bool WorkerProcess::OwnsPid(pid_t wanted) const {
  if (wanted == pid()) return true;
  const std::vector<pid_t> pids = os::DescendantPids(pid());
  return std::find(pids.begin(), pids.end(), wanted) != pids.end();
}

// The group's number cannot have come to mean another group: its leader is not reaped yet.
void WorkerProcess::Kill() {
  killed_ = true;
  kill(-pid(), SIGKILL);
}

void WorkerProcess::OnPidfd() {
  if (ended_) return;
  // Children that it left behind go with it, as a service manager's do.
  kill(-pid(), SIGKILL);
  const absl::StatusOr<std::optional<os::ExitStatus>> exit = child_.Reap();
  if (!exit.ok() || !exit->has_value()) return;
  ended_ = true;
  (void)watch_.Set(0);
  loop_.Defer([alive = alive_, this, how = **exit] {
    if (*alive) on_exit_(how);
  });
}

}  // namespace rollport::controller
