#include "controller/process/worker_process.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "os/proc.h"
#include "protocol/variables.h"

namespace rollport::controller {
namespace {

void AddWithDescendants(pid_t pid, std::vector<pid_t>* pids) {
  std::vector<pid_t> found = os::DescendantPids(pid);
  found.insert(found.begin(), pid);
  for (const pid_t p : found) {
    if (std::find(pids->begin(), pids->end(), p) == pids->end()) pids->push_back(p);
  }
}

// True also of a process whose parent has not asked yet how it ended: it has no descriptors.
bool HasEnded(pid_t pid) {
  const absl::StatusOr<char> state = os::StateOf(pid);
  return state.ok() ? *state == 'Z' : absl::IsNotFound(state.status());
}

}  // namespace

WorkerProcess::WorkerProcess(os::EventLoop& loop, WorkerId id, SlotId slot, GenerationId generation,
                             os::Child child, protocol::MappedPage page, os::UniqueFd channel,
                             std::function<void(os::ExitStatus)> on_exit)
    : loop_(loop),
      id_(id),
      slot_(slot),
      generation_(generation),
      page_(std::move(page)),
      channel_(std::move(channel)),
      launched_at_(loop.Now()),
      on_exit_(std::move(on_exit)),
      report_exit_(loop),
      launched_(loop, std::move(child), [this](uint32_t) { OnEnd(); }) {
  page_.KeepFromChildren();
  const absl::Status status = launched_.watch.Set(EPOLLIN);
  RP_CHECK(status.ok(), status.ToString());
}

WorkerProcess::~WorkerProcess() {
  if (end_ == End::kSeen) return;
  Kill();
  if (end_ == End::kGivenUp) return;
  // How they end is of no use any more.
  launched_.process.Wait().IgnoreError();
  if (main_ != nullptr) main_->process.Wait().IgnoreError();
}

std::vector<pid_t> WorkerProcess::Pids() const {
  std::vector<pid_t> pids;
  AddWithDescendants(pid(), &pids);
  if (main_ != nullptr && !launched_.reaped) AddWithDescendants(launched_.process.pid(), &pids);
  return pids;
}

absl::StatusOr<std::unordered_set<uint64_t>> WorkerProcess::Sockets() const {
  std::unordered_set<uint64_t> inodes;
  for (const pid_t pid : Pids()) {
    const absl::StatusOr<std::vector<os::ProcessSocket>> sockets = os::Sockets(pid);
    if (!sockets.ok() && !HasEnded(pid)) return sockets.status();
    if (!sockets.ok()) continue;
    for (const os::ProcessSocket& socket : *sockets) inodes.insert(socket.inode);
  }
  return inodes;
}

bool WorkerProcess::OwnsPid(pid_t wanted) const {
  if (wanted <= 0) return false;
  if (wanted == pid()) return true;
  const std::vector<pid_t> pids = Pids();
  if (std::find(pids.begin(), pids.end(), wanted) != pids.end()) return true;
  // A process whose parent has ended descends from none of them, but is still in the group. No
  // other group can have that number while its leader is not reaped or a process of ours is in it.
  const pid_t group = launched_.process.pid();
  const bool is_ours = !launched_.reaped || getpgid(pid()) == group;
  return is_ours && getpgid(wanted) == group;
}

absl::Status WorkerProcess::Follow(pid_t main) {
  if (main == pid()) return absl::OkStatus();
  const auto stranger = [main] {
    return absl::PermissionDeniedError(absl::StrCat("process ", main, " is none of its own"));
  };
  if (main <= 0) return stranger();
  ASSIGN_OR_RETURN(os::Child process, os::Child::TakeOver(main));
  // Only now that it is held: before, the pid could come to mean another process after the look.
  if (!OwnsPid(main) && !IsOrphan(main)) return stranger();
  if (main_ != nullptr) {
    // At the end of the turn, because this may run inside the former one's own callback.
    loop_.Defer([former = std::shared_ptr<Held>(std::move(main_))] {});
  }
  if (main == launched_.process.pid() && !launched_.reaped) return absl::OkStatus();
  main_ = std::make_unique<Held>(loop_, std::move(process), [this](uint32_t) { OnEnd(); });
  return main_->watch.Set(EPOLLIN);
}

// A daemon whose parent has ended has become our own child, as other workers' orphans have, and as
// processes are that serve this one. It was launched for this slot and generation, not before this
// worker. To be asked last, because its parent may end at any moment.
bool WorkerProcess::IsOrphan(pid_t pid) const {
  const auto told = [pid](const char* key, int64_t value) {
    return os::HasVariable(pid, absl::StrCat(key, "=", value)).value_or(false);
  };
  return os::ParentPid(pid).value_or(0) == getpid() &&
         os::StartTime(pid).value_or(0) >= launched_.start_time &&
         told(protocol::kSlot, slot_.value()) && told(protocol::kGeneration, generation_.value());
}

absl::Status WorkerProcess::Signal(int signal) {
  return (main_ != nullptr ? main_->process : launched_.process).Signal(signal);
}

void WorkerProcess::Kill(std::string reason) {
  if (!killed() || !reason.empty()) kill_reason_ = std::move(reason);
  KillGroups();
}

// The main process may be reaped by its parent, and its pid be another's: os::Child looks.
void WorkerProcess::KillGroups() {
  if (!launched_.reaped) launched_.process.KillGroup();
  if (main_ != nullptr) main_->process.KillGroup();
}

bool WorkerProcess::Ended() const {
  return main_ != nullptr ? main_->process.Ended() : launched_.process.Ended();
}

void WorkerProcess::OnEnd() {
  if (end_ == End::kSeen) return;
  before_end_();
  // A former main process that is still watched in this turn means nothing.
  if (Ended()) {
    // Children that it has left behind are killed with it, as a service manager does.
    KillGroups();
    // If this fails, the end is reported again, which does no harm.
    if (main_ != nullptr) main_->watch.Set(0).IgnoreError();
  }
  const absl::StatusOr<std::optional<os::ExitStatus>> launched = launched_.process.Reap();
  // If only the main process has ended, the launched one has been killed, and this runs again at
  // its end.
  if (!launched.ok() || !launched->has_value()) return;
  launched_.reaped = true;
  launched_.watch.Set(0).IgnoreError();  // as above
  os::ExitStatus how = **launched;
  if (main_ != nullptr) {
    if (!main_->process.Ended()) return;
    // It is unknown if the launched process, as the parent, has reaped it.
    const absl::StatusOr<std::optional<os::ExitStatus>> main = main_->process.Reap();
    if (main.ok() && main->has_value() && (*main)->known) how = **main;
  }
  end_ = End::kSeen;
  channel_.Close();
  report_exit_.Call([on_exit = std::move(on_exit_), how] { on_exit(how); });
}

}  // namespace rollport::controller
