#include "os/packet_wait.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/event_loop.h"
#include "os/packets.h"

namespace rollport::os {
namespace {

// The helper is the only one.
std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  std::vector<pid_t> children;
  for (pid_t child; file >> child;) children.push_back(child);
  return children;
}

class PacketWaitTest : public testing::Test {
 protected:
  // How the wait ends, and how long the loop was blocked in any one turn of it.
  bool Wait(absl::Duration limit) {
    std::optional<bool> proven;
    longest_turn_ = absl::ZeroDuration();
    const Instant began = EventLoop::ReadNow();
    std::optional<PacketWait> wait;
    wait.emplace(*loop_, helper_, limit, [&](bool yes) {
      proven = yes;
      wait.reset();
    });
    longest_turn_ = EventLoop::ReadNow() - began;
    EXPECT_FALSE(proven.has_value()) << "never from within the constructor";
    while (!proven.has_value()) EXPECT_TRUE(loop_->Turn(absl::Seconds(10)).ok());
    took_ = EventLoop::ReadNow() - began;
    return *proven;
  }

  std::unique_ptr<EventLoop> loop_ = *EventLoop::Create();
  PacketHelper helper_{*loop_};
  absl::Duration longest_turn_;
  absl::Duration took_;
};

TEST_F(PacketWaitTest, ProvesWhatWaitForPacketsProves) {
  EXPECT_EQ(Wait(absl::Seconds(10)), WaitForPackets());
}

TEST_F(PacketWaitTest, IsCheap) {
  constexpr int kTimes = 50;
  Wait(absl::Seconds(10));  // starts the helper
  absl::Duration blocked, took;
  for (int i = 0; i < kTimes; ++i) {
    Wait(absl::Seconds(10));
    blocked += longest_turn_;
    took += took_;
  }
  std::cout << "blocked for " << blocked / kTimes << ", took " << took / kTimes << "\n";
}

TEST_F(PacketWaitTest, SeveralMayBeUnderWayAndOneBeGivenUp) {
  int done = 0;
  const auto count = [&](bool) { ++done; };
  const PacketWait first(*loop_, helper_, absl::Seconds(10), count);
  {
    const PacketWait second(*loop_, helper_, absl::Seconds(10), [](bool) { ADD_FAILURE(); });
  }
  const PacketWait third(*loop_, helper_, absl::Seconds(10), count);
  while (done < 2) EXPECT_TRUE(loop_->Turn(absl::Seconds(10)).ok());
}

TEST_F(PacketWaitTest, AHelperThatHasDiedIsReplaced) {
  const bool can = Wait(absl::Seconds(10));
  for (const pid_t child : ChildrenOf(getpid())) kill(child, SIGKILL);
  Wait(absl::Seconds(10));  // it may still be told that there is no answer
  EXPECT_EQ(Wait(absl::Seconds(10)), can);
}

// A task that keeps one CPU busy at a real-time priority.
class Hog {
 public:
  explicit Hog(int cpu) {
    pid_ = fork();
    if (pid_ != 0) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    const sched_param priority = {.sched_priority = 1};
    if (sched_setaffinity(0, sizeof one, &one) != 0 ||
        sched_setscheduler(0, SCHED_FIFO, &priority) != 0) {
      _exit(1);
    }
    alarm(5);
    volatile unsigned spin = 0;
    while (spin == 0) {
    }
  }
  ~Hog() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Hog(const Hog&) = delete;
  Hog& operator=(const Hog&) = delete;

 private:
  pid_t pid_;
};

TEST_F(PacketWaitTest, ARealTimeTaskHoldsUpNeitherTheLoopNorTheWait) {
  const sched_param priority = {.sched_priority = 1};
  const sched_param ordinary = {};
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2 || sched_setscheduler(0, SCHED_FIFO, &priority) != 0) {
    GTEST_SKIP() << "needs two CPUs, and to be allowed SCHED_FIFO";
  }
  ASSERT_EQ(sched_setscheduler(0, SCHED_OTHER, &ordinary), 0);
  Wait(absl::Seconds(10));
  const Hog hog(1);
  for (int i = 0; i < 3; ++i) {
    Wait(absl::Milliseconds(50));
    EXPECT_LT(longest_turn_, absl::Milliseconds(300));
    EXPECT_LT(took_, absl::Milliseconds(600)) << "up to 0.95 s without the limit";
  }
}

}  // namespace
}  // namespace rollport::os
