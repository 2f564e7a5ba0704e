// One epoll loop per process, on one thread. Nothing here may be called from another thread.
//
// Time stands still during a turn: Now() is read once after epoll_wait(2) returns, so that all that
// happens in one turn happens at one Instant.
#ifndef ROLLPORT_OS_EVENT_LOOP_H_
#define ROLLPORT_OS_EVENT_LOOP_H_

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/instant.h"
#include "os/unique_fd.h"

namespace rollport::os {

class FdWatch;
class Timer;

class EventLoop {
 public:
  static absl::StatusOr<std::unique_ptr<EventLoop>> Create();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  // REQUIRES: every FdWatch and Timer of this loop is gone.
  ~EventLoop();

  Instant Now() const { return now_; }
  // The clock itself, by clock_gettime(2) of vdso(7), some 25 ns: for measuring only, where what
  // this very turn takes is to be seen.
  static Instant ReadNow();

  // Turns until Stop(). An error means that epoll_wait itself failed.
  absl::Status Run();
  void Stop() { stopped_ = true; }

  // One turn: waits for descriptors or a timer, at most `limit`, then calls what is due.
  absl::Status Turn(absl::Duration limit = absl::InfiniteDuration());

  // Calls `f` at the end of this turn, or of the next one where none is under way. The place to
  // destroy an object from within its own callback.
  void Defer(std::function<void()> f);

 private:
  friend class FdWatch;
  friend class Timer;
  explicit EventLoop(UniqueFd epoll);

  // How long to wait at most; infinite where nothing is due.
  absl::Duration Patience(absl::Duration limit) const;
  // epoll_wait(2), to `limit` in steps of kGrain; in milliseconds before Linux 5.11.
  int Wait(absl::Duration limit);
  void RunTimers();
  void RunDeferred();
  void Forget(const FdWatch* watch);
  // The heap of armed timers, earliest first; a timer knows its own index.
  void HeapSet(size_t index, Timer* timer);
  void HeapMove(size_t index);
  void HeapErase(size_t index);

  UniqueFd epoll_;
  Instant now_;
  bool stopped_ = false;
  bool has_pwait2_ = true;
  std::vector<epoll_event> batch_;
  size_t batch_next_ = 0;
  size_t batch_size_ = 0;
  size_t watches_ = 0;
  std::vector<Timer*> heap_;
  std::vector<std::function<void()>> deferred_;
};

// Watches a borrowed descriptor; apart from its owner, and to be destroyed before the descriptor is
// closed. Its callback may destroy any other watch, and one whose event had already been fetched is
// not called any more; its own it destroys through EventLoop::Defer, because it runs inside it.
class FdWatch {
 public:
  using Callback = std::function<void(uint32_t events)>;
  FdWatch(EventLoop& loop, int fd, Callback callback);
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;
  ~FdWatch();

  // Asks for these epoll events (EPOLLIN, EPOLLOUT, EPOLLET, …; EPOLLERR and EPOLLHUP always come).
  // A call that changes nothing makes no system call.
  absl::Status Set(uint32_t events);
  int fd() const { return fd_; }

 private:
  friend class EventLoop;
  EventLoop& loop_;
  const int fd_;
  bool added_ = false;
  uint32_t events_ = 0;
  Callback callback_;
};

// Calls back once, at or after the Instant it was armed for. Disarmed before the callback runs, so
// the callback may arm it again, or destroy it.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> callback);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { Cancel(); }

  // Arms, or moves where armed. Instant::Never() cancels.
  void At(Instant when);
  void After(absl::Duration delay) { At(loop_.Now() + delay); }
  void Cancel();
  bool armed() const { return index_ != kNotArmed; }
  Instant when() const { return when_; }

 private:
  friend class EventLoop;
  static constexpr size_t kNotArmed = static_cast<size_t>(-1);
  EventLoop& loop_;
  std::function<void()> callback_;
  Instant when_;
  size_t index_ = kNotArmed;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_EVENT_LOOP_H_
