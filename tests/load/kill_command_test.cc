#include "load/kill_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"

namespace rollport::load {
namespace {

using testing::ElementsAre;

// Accepts one connection, says so, and waits to be killed.
[[noreturn]] void BeWorker(int listener, int told) {
  pollfd ready = {.fd = listener, .events = POLLIN};
  poll(&ready, 1, -1);
  const auto accepted = os::Accept4(listener);
  [[maybe_unused]] const ssize_t n = write(told, "a", 1);
  while (true) pause();
}

TEST(KillCommandTest, TellsWhatTheWorkerHeldAndWhatWasNotAccepted) {
  os::UniqueFd listener = *os::Listen(*os::SocketAddress::Parse("127.0.0.1:0"), 8);
  const os::SocketAddress address = *os::LocalAddress(listener.get());
  int told[2];
  ASSERT_EQ(pipe2(told, O_CLOEXEC), 0);
  const os::UniqueFd told_read(told[0]), told_write(told[1]);
  const os::UniqueFd first = *os::Connect(address);
  const pid_t worker = fork();
  if (worker == 0) BeWorker(listener.get(), told_write.get());
  char byte;
  ASSERT_EQ(read(told_read.get(), &byte, 1), 1);
  const os::UniqueFd second = *os::Connect(address);

  const absl::StatusOr<KillReport> report = KillWorker(worker, {address});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->accepted, ElementsAre(os::LocalAddress(first.get())->ToString()));
  EXPECT_THAT(report->unaccepted, ElementsAre(os::LocalAddress(second.get())->ToString()));
  EXPECT_LE(report->stopped, report->killed);
  EXPECT_LE(report->killed, report->gone);
  int status = 0;
  ASSERT_EQ(waitpid(worker, &status, 0), worker);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  const auto json = nlohmann::json::parse(JsonReport(*report));
  EXPECT_EQ(json["pid"], worker);
  EXPECT_EQ(json["accepted"].size(), 1);
}

TEST(KillCommandTest, AProcessThatIsGoneIsAnError) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(KillWorker(child, {}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace rollport::load
