// What workers say of themselves, in the words of sd_notify(3). It is gossip: what the kernel's
// tables say is believed rather.
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "controller/controller.h"

namespace rollport::controller {
namespace {

constexpr size_t kLongestStatus = 256;
// Nobody needs more, and the clock counts nanoseconds in 64 bits.
constexpr absl::Duration kLongestTime = absl::Hours(24);

// Fit for a terminal and for one line.
std::string Printable(std::string_view text) {
  std::string out(text.substr(0, kLongestStatus));
  // Not in the middle of a character of UTF-8.
  if (text.size() > out.size()) {
    while (!out.empty() && (out.back() & 0xc0) == 0x80) out.pop_back();
    if (!out.empty() && (out.back() & 0x80) != 0) out.pop_back();
  }
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

std::optional<absl::Duration> Microseconds(std::optional<std::string_view> text) {
  int64_t number;
  if (!text.has_value() || !absl::SimpleAtoi(ToAbsl(*text), &number) || number <= 0) {
    return std::nullopt;
  }
  return std::min(absl::Microseconds(number), kLongestTime);
}

}  // namespace

absl::Status Controller::OpenNotify() {
  // First, because the former one removes its file.
  notify_watch_.reset();
  notify_.reset();
  ASSIGN_OR_RETURN(os::NotifySocket fresh, os::NotifySocket::Create(notify_path_));
  notify_.emplace(std::move(fresh));
  notify_watch_.emplace(loop_, notify_->fd(), [this](uint32_t) { OnNotify(); });
  return notify_watch_->Set(EPOLLIN);
}

bool Controller::notify_intact() const {
  return notify_.has_value() && (notify_path_[0] == '@' || access(notify_path_.c_str(), F_OK) == 0);
}

absl::Status Controller::RestoreNotify() {
  RecordSoon();  // whose file was in the same folder
  if (notify_intact()) return absl::OkStatus();
  // What was said before is not lost.
  if (notify_.has_value()) OnNotify();
  return OpenNotify();
}

void Controller::OnNotify() {
  while (true) {
    const absl::StatusOr<std::optional<os::NotifyMessage>> message = notify_->Read();
    if (!message.ok() || !message->has_value()) return;
    // What nobody of ours says is nothing to us.
    if (WorkerProcess* worker = workers_.FindByPid((*message)->pid)) Hear(*worker, **message);
  }
}

void Controller::Hear(WorkerProcess& worker, const os::NotifyMessage& message) {
  const WorkerId id = worker.id();
  if (const auto status = message.Get("STATUS")) worker.status_text = Printable(*status);
  // Before READY=1, which may be said in the same breath.
  if (const auto main = message.Get("MAINPID")) {
    pid_t pid = 0;
    const bool number = absl::SimpleAtoi(ToAbsl(*main), &pid);
    const bool taken = number && IsWorker(pid) && !worker.Holds(pid);
    const absl::Status status =
        number && !taken
            ? worker.Follow(pid)
            : absl::InvalidArgumentError(taken ? "it is another worker's" : "no number");
    RecordSoon();
    TellOf(
        id,
        status.ok() ? api::event_kind::kMainProcessChanged : api::event_kind::kMainProcessRefused,
        "", status.ok() ? "" : std::string(status.message()));
  }
  if (const auto time = Microseconds(message.Get("EXTEND_TIMEOUT_USEC"))) {
    Post(rollout::WorkerAskedForTime{id, *time});
  }
  if (message.Get("READY") == "1") {
    FollowGroups();
    Post(rollout::WorkerBecameReady{id});
  }
  if (message.Get("STOPPING") == "1") FollowGroups();
  HearWatchdog(worker, message);
}

void Controller::HearWatchdog(WorkerProcess& worker, const os::NotifyMessage& message) {
  const auto word = message.Get("WATCHDOG");
  if (word == "trigger") return Condemn(worker, "reported by its own watchdog");
  const auto it = watchdogs_.find(worker.id());
  if (it == watchdogs_.end()) return;
  if (word == "1") it->second.Hear();
  if (const auto patience = Microseconds(message.Get("WATCHDOG_USEC"))) {
    it->second.set_patience(*patience);
  }
}

// From ready on: how long a start may take is another question.
void Controller::StartWatchdog(WorkerId id) {
  const WorkerProcess* worker = workers_.Find(id);
  if (worker == nullptr) return;
  const absl::Duration patience = releases_.at(worker->generation()).settings.watchdog;
  if (patience == absl::ZeroDuration()) return;
  watchdogs_.try_emplace(id, loop_, patience, [this, id] {
    WorkerProcess* silent = workers_.Find(id);
    if (silent == nullptr) return;
    Condemn(*silent,
            absl::StrCat("was not heard of for ",
                         absl::FormatDuration(watchdogs_.at(id).patience()), " (watchdog)"));
  });
}

// Its end is then told with the reason, and its slot or roll pays for it as for any other death.
void Controller::Condemn(WorkerProcess& worker, std::string reason) {
  TellOf(worker.id(), api::event_kind::kWatchdogFailed, "", reason);
  worker.doom = std::move(reason);
  worker.Kill();
}

}  // namespace rollport::controller
