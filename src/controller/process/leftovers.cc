#include "controller/process/leftovers.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/instant.h"
#include "os/event_loop.h"
#include "os/proc.h"

namespace rollport::controller {
namespace {

// A round that has changed nothing is repeated after this, or when a child has ended.
constexpr absl::Duration kPause = absl::Milliseconds(10);

// Their groups at once too, so that none of a group can fork in time. Not a group that a living
// process leads which is none of `pids`: they have joined it.
void KillAll(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids) {
    const pid_t group = getpgid(pid);
    const bool led_by_one = std::find(pids.begin(), pids.end(), group) != pids.end();
    const bool led_by_none = group > 0 && !os::StateOf(group).ok();
    if (group != getpgrp() && (led_by_one || led_by_none)) kill(-group, SIGKILL);
    kill(pid, SIGKILL);
  }
}

void ReapAll() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

void AwaitChild(absl::Duration limit) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const timespec time = absl::ToTimespec(limit);
  sigtimedwait(&child, nullptr, &time);
}

}  // namespace

std::vector<pid_t> KillDescendants(absl::Duration limit) {
  const Instant end = os::EventLoop::ReadNow() + limit;
  std::vector<pid_t> before;
  while (true) {
    std::vector<pid_t> left = os::DescendantPids(getpid());
    KillAll(left);
    ReapAll();
    if (left.empty() || os::EventLoop::ReadNow() >= end) return os::DescendantPids(getpid());
    if (left == before) AwaitChild(kPause);
    before = std::move(left);
  }
}

std::string DescribeProcess(pid_t pid) {
  const auto name = os::Comm(pid);
  const auto user = os::UserOf(pid);
  const auto state = os::StateOf(pid);
  std::string text = absl::StrCat(name.ok() ? *name : "?", " (process ", pid);
  if (user.ok()) absl::StrAppend(&text, ", user ", *user);
  if (state.ok()) absl::StrAppend(&text, ", state ", std::string(1, *state));
  return text + ")";
}

}  // namespace rollport::controller
