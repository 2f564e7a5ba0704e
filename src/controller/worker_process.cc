#include "controller/worker_process.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "handover/message.h"
#include "os/proc.h"

namespace rollport::controller {
namespace {

void AddWithDescendants(pid_t pid, std::vector<pid_t>* pids) {
  std::vector<pid_t> found = os::DescendantPids(pid);
  found.insert(found.begin(), pid);
  for (const pid_t p : found) {
    if (std::find(pids->begin(), pids->end(), p) == pids->end()) pids->push_back(p);
  }
}

}  // namespace

WorkerProcess::WorkerProcess(os::EventLoop& loop, WorkerId id, SlotId slot, GenerationId generation,
                             os::Child child, metrics::MappedPage page, os::UniqueFd way,
                             std::function<void(os::ExitStatus)> on_exit)
    : loop_(loop),
      id_(id),
      slot_(slot),
      generation_(generation),
      page_(std::move(page)),
      way_(std::move(way)),
      launched_at_(loop.Now()),
      on_exit_(std::move(on_exit)),
      report_exit_(loop),
      launched_(loop, std::move(child), [this](uint32_t) { OnEnd(); }) {
  const absl::Status status = launched_.watch.Set(EPOLLIN);
  RP_CHECK(status.ok(), status.ToString());
}

WorkerProcess::~WorkerProcess() {
  if (ended_) return;
  Kill();
  (void)launched_.process.Wait();
  if (main_ != nullptr) (void)main_->process.Wait();
}

bool WorkerProcess::TakesConnections() {
  handover::Incoming said;
  while (handover::Receive(way_.get(), &said) == os::Received::kMessage) {
    takes_connections_ |= said.message.kind == handover::Message::Kind::kTakes;
  }
  return takes_connections_;
}

std::vector<pid_t> WorkerProcess::Pids() const {
  std::vector<pid_t> pids;
  AddWithDescendants(pid(), &pids);
  if (main_ != nullptr && !launched_gone_) AddWithDescendants(launched_.process.pid(), &pids);
  return pids;
}

bool WorkerProcess::OwnsPid(pid_t wanted) const {
  if (wanted <= 0) return false;
  if (wanted == pid()) return true;
  const std::vector<pid_t> pids = Pids();
  if (std::find(pids.begin(), pids.end(), wanted) != pids.end()) return true;
  // A process whose parent has ended descends from nobody, but is still in its group; and while it
  // is, the number means no other group.
  return getpgid(wanted) == launched_.process.pid();
}

absl::Status WorkerProcess::Follow(pid_t main) {
  if (main == pid()) return absl::OkStatus();
  const auto stranger = [main] {
    return absl::PermissionDeniedError(absl::StrCat("process ", main, " is none of its own"));
  };
  if (main <= 0) return stranger();
  ASSIGN_OR_RETURN(os::Child process, os::Child::TakeOver(main));
  // After it is held: a pid that is looked at first might be another process's by then.
  if (!OwnsPid(main)) {
    // A daemon whose parent has ended has become our own child; that may have happened just now, so
    // this is asked last.
    const absl::StatusOr<pid_t> parent = os::ParentPid(main);
    if (!parent.ok() || *parent != getpid()) return stranger();
  }
  if (main_ != nullptr) {
    // This may run inside the former one's own callback.
    loop_.Defer([former = std::shared_ptr<Held>(std::move(main_))] {});
  }
  if (main == launched_.process.pid() && !launched_gone_) return absl::OkStatus();
  main_ = std::make_unique<Held>(loop_, std::move(process), [this](uint32_t) { OnEnd(); });
  return main_->watch.Set(EPOLLIN);
}

absl::Status WorkerProcess::Signal(int signal) {
  return (main_ != nullptr ? main_->process : launched_.process).Signal(signal);
}

void WorkerProcess::Kill() {
  killed_ = true;
  KillGroups();
}

// The number of a group cannot have come to mean another one while a member of it is not reaped.
void WorkerProcess::KillGroups() {
  if (!launched_gone_) launched_.process.KillGroup();
  if (main_ == nullptr) return;
  const pid_t group = getpgid(main_->process.pid());
  if (group > 0 && group != getpgrp()) kill(-group, SIGKILL);
  (void)main_->process.Signal(SIGKILL);
}

void WorkerProcess::OnEnd() {
  if (ended_) return;
  if (before_end) before_end();
  if (main_ == nullptr || main_->process.Ended()) {
    // Children that are left behind go with it, as a service manager's do.
    KillGroups();
    if (main_ != nullptr) (void)main_->watch.Set(0);
  }
  const absl::StatusOr<std::optional<os::ExitStatus>> launched = launched_.process.Reap();
  // Where only the main process has ended, the launched one has been killed, and its end is told.
  if (!launched.ok() || !launched->has_value()) return;
  launched_gone_ = true;
  (void)launched_.watch.Set(0);
  os::ExitStatus how = **launched;
  if (main_ != nullptr) {
    if (!main_->process.Ended()) return;
    // Unknown where the launched process, as its parent, has reaped it.
    const absl::StatusOr<std::optional<os::ExitStatus>> main = main_->process.Reap();
    if (main.ok() && main->has_value() && (*main)->known) how = **main;
  }
  ended_ = true;
  // Predecessors have duplicates, and a child of the worker that has escaped may keep its channel
  // open: nobody shall send what nobody will take.
  shutdown(way_.get(), SHUT_RDWR);
  report_exit_.Call([on_exit = std::move(on_exit_), how] { on_exit(how); });
}

}  // namespace rollport::controller
