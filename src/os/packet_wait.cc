#include "os/packet_wait.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "os/packets.h"

namespace rollport::os {
namespace {

constexpr int kChannel = 0;  // the number of the helper's only descriptor
constexpr char kYes = 'y', kNo = 'n';

// One answer for each byte, until this process has ended.
[[noreturn]] void Serve(int channel) {
  // Ctrl-C in a terminal is not for it.
  setpgid(0, 0);
  prctl(PR_SET_NAME, "rollport-packet");
  // It holds nothing else of ours: no lock, no log, no listener.
  dup2(channel, kChannel);
  syscall(SYS_close_range, kChannel + 1, ~0U, 0);
  char byte;
  while (read(kChannel, &byte, 1) == 1) {
    const char answer = WaitForPackets() ? kYes : kNo;
    if (write(kChannel, &answer, 1) != 1) break;
  }
  _exit(0);
}

}  // namespace

PacketHelper::~PacketHelper() {
  watch_.reset();
  channel_.Reset();
  if (!process_.has_value()) return;
  // Neither is an error if it has ended already.
  process_->Signal(SIGKILL).IgnoreError();
  process_->Wait().IgnoreError();
}

bool PacketHelper::Start() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) Serve(theirs.get());
  if (pid < 0 || fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) return false;
  absl::StatusOr<Child> process = Child::TakeOver(pid);
  if (!process.ok()) return false;
  process_ = *std::move(process);
  channel_ = std::move(ours);
  watch_ = std::make_unique<FdWatch>(loop_, channel_.get(), [this](uint32_t) { OnAnswers(); });
  return watch_->Set(EPOLLIN).ok();
}

std::optional<uint64_t> PacketHelper::Ask(std::function<void(bool)> done) {
  if (!channel_.valid() && !Start()) return std::nullopt;
  if (send(channel_.get(), &kYes, 1, MSG_NOSIGNAL) != 1) {
    OnEnd();
    return std::nullopt;
  }
  requests_.push_back({++last_, std::move(done)});
  return last_;
}

void PacketHelper::Forget(uint64_t id) {
  for (Request& request : requests_) {
    if (request.id == id) request.done = nullptr;
  }
}

void PacketHelper::OnAnswers() {
  char answer;
  while (true) {
    const ssize_t n = recv(channel_.get(), &answer, 1, MSG_DONTWAIT);
    if (n < 0) return;
    if (n == 0 || requests_.empty()) return OnEnd();
    const Request request = std::move(requests_.front());
    requests_.pop_front();
    if (request.done) request.done(answer == kYes);
  }
}

// The helper has died. The next question starts another one.
void PacketHelper::OnEnd() {
  // A watch must not be destroyed in its own callback.
  std::shared_ptr<FdWatch> watch = std::move(watch_);
  loop_.Defer([watch, channel = std::make_shared<UniqueFd>(std::move(channel_))]() mutable {
    watch.reset();
    channel.reset();
  });
  if (watch != nullptr) (void)watch->Set(0);
  if (process_.has_value()) {
    process_->Signal(SIGKILL).IgnoreError();
    process_->Wait().IgnoreError();
    process_.reset();
  }
  for (Request& request : std::exchange(requests_, {})) {
    if (request.done) request.done(false);
  }
}

PacketWait::PacketWait(EventLoop& loop, PacketHelper& helper, absl::Duration limit,
                       std::function<void(bool)> done)
    : helper_(helper),
      done_(std::move(done)),
      limit_(loop, [this] { Finish(false); }),
      report_(loop) {
  request_ = helper_.Ask([this](bool proven) { Finish(proven); });
  if (request_.has_value()) {
    limit_.After(limit);
  } else {
    report_.Call([this] { Finish(false); });
  }
}

PacketWait::~PacketWait() {
  if (request_.has_value()) helper_.Forget(*request_);
}

void PacketWait::Finish(bool proven) {
  limit_.Cancel();
  const std::function<void(bool)> done = std::exchange(done_, nullptr);
  if (done) done(proven);
}

}  // namespace rollport::os
