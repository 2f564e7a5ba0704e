#include "controller/process/worker_messages.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "controller/process/notify_place.h"

namespace rollport::controller {
namespace {

constexpr size_t kLongestStatus = 256;
// The rest waits for the next turn of the loop, so that no sender stops it.
constexpr int kMessagesInATurn = 64;
// A worker's last message has to be among these: the queue is not longer by default
// (net.unix.max_dgram_qlen is 10, and 512 with systemd).
constexpr int kMessagesAtAnEnd = 1024;
// More is of no use to a worker, and the clock counts nanoseconds in 64 bits.
constexpr absl::Duration kLongestTime = absl::Hours(24);

std::optional<absl::Duration> Microseconds(std::optional<std::string_view> text) {
  int64_t number;
  if (!text.has_value() || !absl::SimpleAtoi(ToAbsl(*text), &number) || number <= 0) {
    return std::nullopt;
  }
  return std::min(absl::Microseconds(number), kLongestTime);
}

}  // namespace

WorkerMessages::WorkerMessages(os::EventLoop& loop, WorkerTable& workers, std::string path,
                               Receiver& receiver, std::optional<os::Credentials> user)
    : loop_(loop),
      workers_(workers),
      path_(std::move(path)),
      receiver_(receiver),
      user_(std::move(user)) {}

absl::Status WorkerMessages::Open() {
  Read();
  // Before the new one is made, because the old one removes the file of that name.
  watch_.reset();
  socket_.reset();
  std::optional<uid_t> owner;
  if (user_.has_value()) owner = user_->uid;
  // The folder may have been made again too. If the user cannot reach it any more, its workers are
  // not ready in time, and that is told.
  if (user_.has_value() && path_[0] != '@') LetSearch(path_.substr(0, path_.rfind('/')), *user_);
  ASSIGN_OR_RETURN(os::NotifySocket fresh, os::NotifySocket::Create(path_, owner));
  socket_.emplace(std::move(fresh));
  watch_.emplace(loop_, socket_->fd(), [this](uint32_t) { Read(kMessagesInATurn); });
  return watch_->Set(EPOLLIN);
}

bool WorkerMessages::intact() const {
  return socket_.has_value() && (path_[0] == '@' || access(path_.c_str(), F_OK) == 0);
}

void WorkerMessages::Read() { Read(kMessagesAtAnEnd); }

// A message from a process that belongs to no worker is dropped. /proc is read once for each such
// process.
void WorkerMessages::Read(int most) {
  std::set<pid_t> strangers;
  while (most-- > 0 && socket_.has_value()) {
    const absl::StatusOr<std::optional<os::NotifyMessage>> message = socket_->Read();
    if (!message.ok() || !message->has_value()) return;
    const pid_t sender = (*message)->pid;
    if (!MayBeAWorkers(**message) || strangers.contains(sender)) continue;
    WorkerProcess* worker = workers_.FindByPid(sender);
    worker != nullptr ? Hear(*worker, **message) : void(strangers.insert(sender));
  }
}

// By its user alone, which costs nothing: anyone may send to an abstract name.
bool WorkerMessages::MayBeAWorkers(const os::NotifyMessage& message) const {
  return message.uid == 0 || message.uid == geteuid() ||
         (user_.has_value() && message.uid == user_->uid);
}

void WorkerMessages::Hear(WorkerProcess& worker, const os::NotifyMessage& message) {
  const WorkerId id = worker.id();
  if (const auto status = message.Get("STATUS")) {
    worker.set_status_text(Printable(Utf8Prefix(*status, kLongestStatus)));
  }
  // Before READY=1, which may be in the same message.
  if (const auto pid = message.Get("MAINPID")) HearMainProcess(worker, *pid);
  if (const auto time = Microseconds(message.Get("EXTEND_TIMEOUT_USEC"))) {
    receiver_.OnAskedForTime(id, *time);
  }
  if (message.Get("READY") == "1") receiver_.OnReady(id);
  if (message.Get("STOPPING") == "1") receiver_.OnStopping(id);
  HearWatchdog(worker, message);
}

void WorkerMessages::HearMainProcess(WorkerProcess& worker, std::string_view pid) {
  pid_t number = 0;
  if (!absl::SimpleAtoi(ToAbsl(pid), &number)) {
    return receiver_.OnMainProcess(worker.id(), absl::InvalidArgumentError("no number"));
  }
  if (!worker.Holds(number) && workers_.Holds(number)) {
    return receiver_.OnMainProcess(worker.id(),
                                   absl::InvalidArgumentError("it is another worker's"));
  }
  receiver_.OnMainProcess(worker.id(), worker.Follow(number));
}

void WorkerMessages::HearWatchdog(WorkerProcess& worker, const os::NotifyMessage& message) {
  const auto word = message.Get("WATCHDOG");
  if (word == "trigger") return Condemn(worker, "reported by its own watchdog");
  const auto it = watchdogs_.find(worker.id());
  if (it == watchdogs_.end()) return;
  if (word == "1") it->second.Hear();
  if (const auto patience = Microseconds(message.Get("WATCHDOG_USEC"))) {
    it->second.set_patience(*patience);
  }
}

void WorkerMessages::StartWatchdog(WorkerId id, absl::Duration patience) {
  if (patience == absl::ZeroDuration() || workers_.Find(id) == nullptr) return;
  watchdogs_.try_emplace(id, loop_, patience, [this, id] {
    WorkerProcess* silent = workers_.Find(id);
    if (silent == nullptr) return;
    Condemn(*silent,
            absl::StrCat("was not heard of for ",
                         absl::FormatDuration(watchdogs_.at(id).patience()), " (watchdog)"));
  });
}

// The worker's end is then reported with the reason, and counts against its slot or its roll as any
// other.
void WorkerMessages::Condemn(WorkerProcess& worker, std::string reason) {
  receiver_.OnWatchdogFailed(worker.id(), reason);
  worker.Kill(std::move(reason));
}

}  // namespace rollport::controller
