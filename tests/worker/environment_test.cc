// What a worker is told, and that it works without being told anything.
#include "worker/environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/worker/worker_process.h"

namespace rollport::worker {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void ServeEnvironment(Worker& worker) {
  worker.Handle("/told", [&worker](const Request&, Response r) {
    std::string left;
    for (const char* name : {"ROLLPORT_LISTEN", "ROLLPORT_SLOT", "ROLLPORT_PAGE_FD", "LISTEN_FDS",
                             "LISTEN_PID", "ROLLPORT_GENERATION", "ROLLPORT_DRAIN_TIMEOUT"}) {
      if (getenv(name) != nullptr) left += name;
    }
    r.Send(200, "", worker.generation() + "," + std::to_string(worker.slot()) + "," + left);
  });
}

TEST(EnvironmentTest, TellsTheWorkerItsSlotAndGenerationAndNoChildOfIt) {
  WorkerProcess worker(ServeEnvironment, {},
                       {{"ROLLPORT_LISTEN", "127.0.0.1:0 127.0.0.2:0"},
                        {"ROLLPORT_SLOT", "3"},
                        {"ROLLPORT_GENERATION", "17"},
                        {"ROLLPORT_DRAIN_TIMEOUT", "1s"}});
  EXPECT_EQ(Client(worker.address(0)).Get("/told").body, "17,3,");
  EXPECT_EQ(Client(worker.address(1)).Get("/told").body, "17,3,");
  EXPECT_THAT(worker.address(1).ToString(), StartsWith("127.0.0.2:"));
}

TEST(EnvironmentTest, WithoutAnyItIsAnOrdinaryServer) {
  WorkerProcess worker(ServeEnvironment);
  EXPECT_EQ(Client(worker.address()).Get("/told").body, ",-1,");
}

TEST(EnvironmentTest, SeveralWorkersShareOneAddress) {
  WorkerProcess first(ServeEnvironment);
  WorkerProcess second(ServeEnvironment, {.listen = {first.address().ToString()}});
  first.Drain();
  EXPECT_EQ(first.Wait(), 0);
  EXPECT_EQ(Client(second.address()).Get("/told").status, 200);
}

TEST(EnvironmentTest, ServesBothFamiliesOnOnePort) {
  WorkerProcess v4(ServeEnvironment, {.listen = {"0.0.0.0:0"}});
  const std::string port = std::to_string(v4.address().port());
  WorkerProcess v6(ServeEnvironment, {.listen = {"[::]:" + port}});
  EXPECT_EQ(Client(*os::SocketAddress::Parse("[::1]:" + port)).Get("/told").status, 200);
  EXPECT_EQ(Client(*os::SocketAddress::Parse("127.0.0.1:" + port)).Get("/told").status, 200);
  EXPECT_EQ(v4.page().connections_accepted.Get(), 1u);
  EXPECT_EQ(v6.page().connections_accepted.Get(), 1u);
}

// Puts a bound listener at descriptor 3, as a manager does before exec.
void InheritListener(bool for_us) {
  os::UniqueFd fd = *os::Bind(*os::SocketAddress::Parse("127.0.0.3:0"));
  dup2(fd.get(), 3);
  setenv("LISTEN_FDS", "1", 1);
  setenv("LISTEN_PID", std::to_string(for_us ? getpid() : getppid()).c_str(), 1);
  setenv("LISTEN_FDNAMES", "web", 1);
}

TEST(EnvironmentTest, UsesInheritedListeners) {
  WorkerProcess worker(ServeEnvironment, {.listen = {"127.0.0.1:0"}}, {},
                       [] { InheritListener(true); });
  EXPECT_THAT(worker.address().ToString(), StartsWith("127.0.0.3:"));
  EXPECT_EQ(Client(worker.address()).Get("/told").body, ",-1,");
}

TEST(EnvironmentTest, LeavesListenersThatAreMeantForAnotherProcess) {
  WorkerProcess worker(ServeEnvironment, {.listen = {"127.0.0.1:0"}}, {},
                       [] { InheritListener(false); });
  EXPECT_THAT(worker.address().ToString(), StartsWith("127.0.0.1:"));
}

TEST(EnvironmentTest, AMistakeIsNamedAndEndsIt) {
  struct {
    const char *name, *value, *message;
  } cases[] = {
      {"ROLLPORT_SLOT", "x", "ROLLPORT_SLOT=\"x\": not a number"},
      {"ROLLPORT_SLOT", "-1", "ROLLPORT_SLOT=\"-1\": not a number"},
      {"ROLLPORT_DRAIN_TIMEOUT", "5", "ROLLPORT_DRAIN_TIMEOUT=\"5\": not a duration"},
      {"ROLLPORT_PAGE_FD", "999", "descriptor 999: Bad file descriptor"},
  };
  for (const auto& c : cases) {
    setenv(c.name, c.value, 1);
    const auto environment = TakeEnvironment();
    unsetenv(c.name);
    ASSERT_FALSE(environment.ok()) << c.name;
    EXPECT_THAT(std::string(environment.status().message()), HasSubstr(c.message));
  }
}

TEST(EnvironmentTest, AWorkerThatCannotStartSaysWhy) {
  testing::internal::CaptureStderr();
  Worker worker({.name = "w", .listen = {"127.0.0.1:99999"}});
  EXPECT_EQ(worker.Run(), 1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::AllOf(StartsWith("w: "), HasSubstr("127.0.0.1:99999")));
}

// From one of the reserved ports that no other test has just used.
os::UniqueFd ConnectFromProbePort(const os::SocketAddress& worker, uint32_t flow_label) {
  for (uint16_t port = 61184; port < 65280; ++port) {
    auto connection = os::Connect(worker, worker.with_port(port), flow_label);
    if (connection.ok()) return *std::move(connection);
  }
  return os::UniqueFd();
}

TEST(ProbeTest, TheControllersRequestsAreCountedApart) {
  WorkerProcess worker(ServeEnvironment);
  EXPECT_EQ(Client(worker.address(), "127.83.0.7:0").Get("/healthz").status, 200);
  EXPECT_EQ(worker.page().probe_requests.Get(), 1u);
  EXPECT_EQ(worker.page().connections_accepted.Get(), 0u);
  EXPECT_EQ(worker.page().responses[2].Get(), 0u);
  WorkerProcess v6(ServeEnvironment, {.listen = {"[::1]:0"}});
  EXPECT_EQ(Client(ConnectFromProbePort(v6.address(), 0x5250)).Get("/healthz").status, 200);
  EXPECT_EQ(Client(v6.address()).Get("/healthz").status, 200);
  EXPECT_EQ(v6.page().probe_requests.Get(), 1u);
  EXPECT_EQ(v6.page().connections_accepted.Get(), 1u);
}

// net.ipv4.ip_local_port_range may reach into the ports of the probes.
TEST(ProbeTest, AnOrdinaryClientMayHaveAPortOfTheProbes) {
  WorkerProcess worker(ServeEnvironment, {.listen = {"[::1]:0"}});
  EXPECT_EQ(Client(ConnectFromProbePort(worker.address(), 0)).Get("/healthz").status, 200);
  EXPECT_EQ(worker.page().probe_requests.Get(), 0u);
  EXPECT_EQ(worker.page().connections_accepted.Get(), 1u);
}

}  // namespace
}  // namespace rollport::worker
