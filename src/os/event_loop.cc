#include "os/event_loop.h"

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "os/errno_status.h"

namespace rollport::os {
namespace {

constexpr size_t kBatch = 256;
// Timers that are closer together than this may be run in one turn.
constexpr absl::Duration kGrain = absl::Microseconds(100);
// A loop that is late by more than this has been held up.
constexpr absl::Duration kLate = absl::Milliseconds(100);
// The kernel allows much more; this limit keeps the conversions safe.
constexpr absl::Duration kLongest = absl::Hours(1);

// Rounded up: waking a moment too early would only spin.
int64_t Steps(absl::Duration limit, absl::Duration step) {
  return absl::Ceil(std::min(limit, kLongest), step) / step;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventLoop>> EventLoop::Create() {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return ErrnoStatus(errno, "epoll_create1");
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll)));
}

EventLoop::EventLoop(UniqueFd epoll) : epoll_(std::move(epoll)), now_(ReadNow()), batch_(kBatch) {}

EventLoop::~EventLoop() {
  deferred_.clear();
  RP_CHECK(watches_ == 0, absl::StrCat(watches_, " watches outlive their loop"));
  RP_CHECK(heap_.empty(), absl::StrCat(heap_.size(), " timers outlive their loop"));
}

Instant EventLoop::ReadNow() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return Instant::FromNanos(ts.tv_sec * 1'000'000'000 + ts.tv_nsec);
}

absl::Status EventLoop::Run() {
  stopped_ = false;
  while (!stopped_) {
    if (absl::Status status = Turn(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status EventLoop::Turn(absl::Duration limit) {
  Advance(absl::ZeroDuration());
  const absl::Duration patience = deferred_.empty() ? Patience(limit) : absl::ZeroDuration();
  const int n = Wait(patience);
  if (n < 0 && errno != EINTR) return ErrnoStatus(errno, "epoll_wait");
  Advance(patience);
  RunWatches(n);
  // This process was stopped, or did not get a CPU: a stop ends the wait before it begins, or just
  // after the last event was fetched (signal(7)). What has come until now is to be seen before the
  // timers that are due by now, because a timer may wait for just that.
  const bool late = !heap_.empty() && heap_.front()->when_ + kLate < now_;
  if (n < 0 || late) RunWatches(Wait(absl::ZeroDuration()));
  RunTimers();
  RunDeferred();
  return absl::OkStatus();
}

// `expected`: how long it may be since the clock was read last.
void EventLoop::Advance(absl::Duration expected) {
  const Instant before = std::exchange(now_, ReadNow());
  const absl::Duration held_up = now_ - before - expected;
  if (held_up > kLate) held_up_ += held_up;
}

void EventLoop::RunWatches(int fetched) {
  batch_size_ = fetched > 0 ? static_cast<size_t>(fetched) : 0;
  for (batch_next_ = 0; batch_next_ < batch_size_;) {
    const epoll_event& event = batch_[batch_next_++];
    // A watch that was destroyed during this turn has been taken out by Forget().
    if (event.data.ptr == nullptr) continue;
    auto* watch = static_cast<FdWatch*>(event.data.ptr);
    watch->callback_(event.events);
  }
  batch_size_ = 0;
}

absl::Duration EventLoop::Patience(absl::Duration limit) const {
  if (heap_.empty()) return limit;
  return std::min(limit, std::max(heap_.front()->when_ - now_, absl::ZeroDuration()));
}

int EventLoop::Wait(absl::Duration limit) {
  const int size = static_cast<int>(batch_.size());
  const bool forever = limit == absl::InfiniteDuration();
  if (has_pwait2_) {
    const timespec pause = forever ? timespec{} : absl::ToTimespec(kGrain * Steps(limit, kGrain));
    const int n =
        epoll_pwait2(epoll_.get(), batch_.data(), size, forever ? nullptr : &pause, nullptr);
    // A sandbox that does not know the call refuses it with EPERM.
    if (n >= 0 || (errno != ENOSYS && errno != EPERM)) return n;
    has_pwait2_ = false;
  }
  return epoll_wait(epoll_.get(), batch_.data(), size,
                    forever ? -1 : static_cast<int>(Steps(limit, absl::Milliseconds(1))));
}

void EventLoop::RunTimers() {
  // No more than were armed when the turn began: a timer that arms itself for now runs in the next
  // turn.
  std::vector<Timer*>& heap = heap_;
  size_t budget = heap.size();
  while (budget-- > 0 && !heap.empty() && heap.front()->when_ <= now_) {
    Timer* timer = heap.front();
    HeapErase(0);
    // Run from a copy: the callback may destroy the timer, and with it its own function.
    auto callback = timer->callback_;
    callback();
  }
}

void EventLoop::RunDeferred() {
  std::vector<std::function<void()>> due = std::exchange(deferred_, {});
  for (auto& f : due) f();
}

void EventLoop::Defer(std::function<void()> f) { deferred_.push_back(std::move(f)); }

void EventLoop::Forget(const FdWatch* watch) {
  for (size_t i = batch_next_; i < batch_size_; ++i) {
    if (batch_[i].data.ptr == watch) batch_[i].data.ptr = nullptr;
  }
}

void EventLoop::HeapSet(size_t index, Timer* timer) {
  heap_[index] = timer;
  timer->index_ = index;
}

// Restores the heap's order around `index`, whose timer has just changed.
void EventLoop::HeapMove(size_t index) {
  Timer* timer = heap_[index];
  while (index > 0 && timer->when_ < heap_[(index - 1) / 2]->when_) {
    HeapSet(index, heap_[(index - 1) / 2]);
    index = (index - 1) / 2;
  }
  while (true) {
    size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->when_ < heap_[child]->when_) ++child;
    if (timer->when_ <= heap_[child]->when_) break;
    HeapSet(index, heap_[child]);
    index = child;
  }
  HeapSet(index, timer);
}

void EventLoop::HeapErase(size_t index) {
  heap_[index]->index_ = Timer::kNotArmed;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  HeapSet(index, last);
  HeapMove(index);
}

FdWatch::FdWatch(EventLoop& loop, int fd, Callback callback)
    : loop_(loop), fd_(fd), callback_(std::move(callback)) {
  ++loop_.watches_;
}

FdWatch::~FdWatch() {
  // Fails only if the descriptor was closed first; then the kernel does not watch it any more.
  if (added_) epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_DEL, fd_, nullptr);
  loop_.Forget(this);
  --loop_.watches_;
}

absl::Status FdWatch::Set(uint32_t events) {
  if (added_ && events == events_) return absl::OkStatus();
  epoll_event event{.events = events, .data = {.ptr = this}};
  if (epoll_ctl(loop_.epoll_.get(), added_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd_, &event) != 0) {
    return ErrnoStatus(errno, absl::StrCat("epoll_ctl on descriptor ", fd_));
  }
  added_ = true;
  events_ = events;
  return absl::OkStatus();
}

Timer::Timer(EventLoop& loop, std::function<void()> callback)
    : loop_(loop), callback_(std::move(callback)) {}

void Timer::At(Instant when) {
  if (when.is_never()) return Cancel();
  when_ = when;
  if (!armed()) {
    loop_.heap_.push_back(this);
    index_ = loop_.heap_.size() - 1;
  }
  loop_.HeapMove(index_);
}

void Timer::Cancel() {
  if (armed()) loop_.HeapErase(index_);
}

}  // namespace rollport::os
