#include "os/event_loop.h"

#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/support/refusal.h"

namespace rollport::os {
namespace {

// proc(5), /proc/PID/stat: "PID (NAME) S …".
bool Sleeps(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  const std::string text(std::istreambuf_iterator<char>(stat), {});
  return text.find(") S ") != std::string::npos;
}

class EventLoopTest : public testing::Test {
 protected:
  std::unique_ptr<EventLoop> loop_ = *EventLoop::Create();
};

TEST_F(EventLoopTest, TimersRunInOrderOfTheirInstants) {
  std::vector<int> order;
  std::vector<std::unique_ptr<Timer>> timers;
  const Instant start = loop_->Now();
  for (const int ms : {3, 1, 2, 0}) {
    timers.push_back(std::make_unique<Timer>(*loop_, [&order, ms] { order.push_back(ms); }));
    timers.back()->At(start + absl::Milliseconds(ms));
  }
  while (order.size() < 4) ASSERT_TRUE(loop_->Turn().ok());
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
}

TEST_F(EventLoopTest, ACancelledTimerDoesNotRunAndAMovedOneRunsOnce) {
  int cancelled = 0, moved = 0;
  Timer a(*loop_, [&] { ++cancelled; }), b(*loop_, [&] { ++moved; }),
      last(*loop_, [&] { loop_->Stop(); });
  a.After(absl::ZeroDuration());
  a.Cancel();
  b.After(absl::ZeroDuration());
  b.After(absl::Milliseconds(1));
  last.After(absl::Milliseconds(3));
  ASSERT_TRUE(loop_->Run().ok());
  EXPECT_EQ(cancelled, 0);
  EXPECT_EQ(moved, 1);
}

// As before Linux 5.11, and in a sandbox that does not know the call.
TEST(EventLoopDeathTest, TimersRunWithoutEpollPwait2) {
  for (const int error : {ENOSYS, EPERM}) {
    const auto run = [error] {
      if (!Refuse({{SYS_epoll_pwait2, error, {}}}).ok()) _exit(2);
      const auto loop = *EventLoop::Create();
      Timer timer(*loop, [&] { loop->Stop(); });
      timer.After(absl::Microseconds(300));
      const UniqueFd ready(eventfd(1, EFD_CLOEXEC));
      bool called = false;
      FdWatch watch(*loop, ready.get(), [&](uint32_t) { called = true; });
      const bool ok = watch.Set(EPOLLIN).ok() && loop->Run().ok();
      _exit(ok && called ? 0 : 1);
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
  }
}

// signal(7): a stop ends epoll_wait(2) with EINTR, whatever comes until the process goes on.
TEST(EventLoopDeathTest, WhatCameWhileTheProcessWasStoppedIsSeenBeforeTimersThatAreDue) {
  constexpr absl::Duration kDue = absl::Milliseconds(500);
  const UniqueFd news(eventfd(0, EFD_CLOEXEC));
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto loop = *EventLoop::Create();
    FdWatch watch(*loop, news.get(), [](uint32_t) { _exit(0); });
    Timer timer(*loop, [] { _exit(1); });
    timer.After(kDue);
    _exit(watch.Set(EPOLLIN).ok() && loop->Run().ok() ? 2 : 3);
  }
  while (!Sleeps(child)) sched_yield();  // until it waits
  ASSERT_EQ(kill(child, SIGSTOP), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status)) << "this machine was too slow";
  const Instant due = EventLoop::ReadNow() + kDue;
  while (EventLoop::ReadNow() < due) absl::SleepFor(absl::Milliseconds(1));
  ASSERT_EQ(eventfd_write(news.get(), 1), 0);
  ASSERT_EQ(kill(child, SIGCONT), 0);
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the timer was first";
}

TEST_F(EventLoopTest, AWatchDestroyedInTheSameTurnIsNotCalled) {
  UniqueFd a(eventfd(1, EFD_CLOEXEC)), b(eventfd(1, EFD_CLOEXEC));
  std::unique_ptr<FdWatch> watch_a, watch_b;
  int calls = 0;
  watch_a = std::make_unique<FdWatch>(*loop_, a.get(), [&](uint32_t) {
    ++calls;
    watch_b.reset();
    loop_->Defer([&] { watch_a.reset(); });
  });
  watch_b = std::make_unique<FdWatch>(*loop_, b.get(), [&](uint32_t) {
    ++calls;
    watch_a.reset();
    loop_->Defer([&] { watch_b.reset(); });
  });
  ASSERT_TRUE(watch_a->Set(EPOLLIN).ok());
  ASSERT_TRUE(watch_b->Set(EPOLLIN).ok());
  ASSERT_TRUE(loop_->Turn().ok());
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(watch_a, nullptr);
  EXPECT_EQ(watch_b, nullptr);
}

TEST_F(EventLoopTest, AnErrorNamesTheDescriptor) {
  FdWatch watch(*loop_, 987, [](uint32_t) {});
  EXPECT_EQ(watch.Set(EPOLLIN).message(), "epoll_ctl on descriptor 987: Bad file descriptor");
}

}  // namespace
}  // namespace rollport::os
