// One epoll loop per process, on one thread. Nothing here may be called from another thread.
//
// Time stands still during a turn: the clock is read once, after epoll_wait(2) returns, so that
// everything in one turn happens at the same Instant.
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
  // REQUIRES: every FdWatch and Timer of this loop has been destroyed.
  ~EventLoop();

  // The Instant of this turn.
  Instant Now() const { return now_; }
  // Reads the clock itself: clock_gettime(2) by vdso(7), about 25 ns. Only for measuring how long a
  // part of this turn takes.
  static Instant ReadNow();

  // Turns until Stop(). An error means that epoll_wait itself failed.
  absl::Status Run();
  void Stop() { stopped_ = true; }

  // For how long altogether this loop has seen nothing because it was held up: by a stop of the
  // process, for want of a CPU, or by a callback. Less than 100 ms at a time is not counted, nor is
  // the time until the next timer was due anyway.
  absl::Duration held_up() const { return held_up_; }

  // One turn: waits for descriptors or a timer, at most `limit`, then calls the callbacks that are
  // due.
  absl::Status Turn(absl::Duration limit = absl::InfiniteDuration());

  // Calls `f` at the end of this turn, or of the next one if no turn is under way. The way to
  // destroy an object from within its own callback. For a call that must not come after its owner's
  // destruction there is Deferred (os/deferred.h).
  void Defer(std::function<void()> f);

 private:
  friend class FdWatch;
  friend class Timer;
  explicit EventLoop(UniqueFd epoll);

  // How long to wait at most, `limit` or until the next timer is due.
  absl::Duration Patience(absl::Duration limit) const;
  // epoll_pwait2(2) for `limit` in steps of kGrain, or before Linux 5.11 epoll_wait(2) in steps of
  // a millisecond.
  int Wait(absl::Duration limit);
  void Advance(absl::Duration expected);
  // Calls the watches of the events that Wait has fetched; none if it has failed.
  void RunWatches(int fetched);
  void RunTimers();
  void RunDeferred();
  // Takes the events of a watch that is being destroyed out of this turn's batch.
  void Forget(const FdWatch* watch);
  // The heap of armed timers, earliest first; a timer knows its own index.
  void HeapSet(size_t index, Timer* timer);
  void HeapMove(size_t index);
  void HeapErase(size_t index);

  UniqueFd epoll_;
  Instant now_;
  absl::Duration held_up_;
  bool stopped_ = false;
  bool has_pwait2_ = true;
  std::vector<epoll_event> batch_;
  size_t batch_next_ = 0;
  size_t batch_size_ = 0;
  size_t watches_ = 0;
  std::vector<Timer*> heap_;
  std::vector<std::function<void()>> deferred_;
};

// Watches a descriptor, which is borrowed: destroy the watch before the descriptor is closed. The
// callback may destroy any other watch; a destroyed watch is not called, even if its event has been
// fetched already. To destroy its own watch, whose function it runs in, it uses EventLoop::Defer.
class FdWatch {
 public:
  using Callback = std::function<void(uint32_t events)>;
  FdWatch(EventLoop& loop, int fd, Callback callback);
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;
  ~FdWatch();

  // Asks for these epoll events (EPOLLIN, EPOLLOUT, EPOLLET, …; EPOLLERR and EPOLLHUP always come).
  // A call that changes nothing makes no system call. Only the first one, which adds the
  // descriptor, can fail (memory, or the limit of watches in epoll(7)): a change allocates nothing
  // (ep_modify in fs/eventpoll.c). So the error of a later call may be ignored.
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

// Calls back once, at or after the Instant it was armed for. It is disarmed before the callback
// runs, so the callback may arm it again or destroy it.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> callback);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { Cancel(); }

  // Arms the timer, or moves it if it is armed. Instant::Never() cancels.
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
