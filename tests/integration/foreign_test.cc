// A listener on the fleet's port that is not the fleet's, beside rolls.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/integration/fleet_process.h"
#include "tests/support/delayed_network.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// What it does with a connection.
enum class Manner { kNeverAccepts, kResets, kComesAndGoes };

[[noreturn]] void ResetAll(int listener) {
  while (true) {
    const int fd = accept(listener, nullptr, nullptr);
    const linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
  }
}

// Listens, with a new socket each time, and takes along what has come to it.
[[noreturn]] void ComeAndGo(const os::SocketAddress& address) {
  while (true) {
    poll(nullptr, 0, 7);
    const auto listener = os::Listen(address, 4096);
    poll(nullptr, 0, 7);
  }
}

// A process of the fleet's user that listens on one of its addresses, while this object lives.
class Stranger {
 public:
  Stranger(const std::string& address, Manner manner, const Program::BeforeExec& before = {}) {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (before && !before().ok()) _exit(1);
      const auto listener = os::Listen(*os::SocketAddress::Parse(address), 4096);
      if (!listener.ok() || write(ready[1], "", 1) != 1) _exit(1);
      fcntl(listener->get(), F_SETFL, 0);
      if (manner == Manner::kResets) ResetAll(listener->get());
      if (manner == Manner::kComesAndGoes) ComeAndGo(*os::SocketAddress::Parse(address));
      while (true) pause();
    }
    char byte;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
  }
  ~Stranger() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

// Clients with a connection for each request, until End().
class FreshClients {
 public:
  explicit FreshClients(const FleetProcess& fleet, const Program::BeforeExec& before = {},
                        const char* clients = "8")
      : load_({ProgramPath("rollport-load"), "--json", "--duration", "inf", "--timeout", "2s",
               "--rate", "600", "--connection-per-request", clients, "--url", fleet.url("/page")},
              before) {}
  void ExpectNothingLost() {
    load_.Signal(SIGTERM);
    const Finished finished = load_.Wait();
    const json report = finished.json();
    ASSERT_TRUE(report.is_object()) << finished.err;
    EXPECT_GT(report["ok"], 0);
    EXPECT_EQ(report["lost"], 0) << report["lost_by_kind"] << report["losses"];
  }

 private:
  Program load_;
};

// True as soon as the fleet counts the stranger.
bool AwaitStranger(const FleetProcess& fleet) {
  return fleet.Await([](const json& status) { return status["foreign_listeners"] == 1; });
}

void ExpectNothingLostInTenRolls(FleetProcess& fleet, Manner manner) {
  fleet.Start();
  const Stranger stranger(fleet.addresses()[0], manner);
  ASSERT_TRUE(AwaitStranger(fleet));
  FreshClients clients(fleet);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  }
  clients.ExpectNothingLost();
}

class ForeignTest : public testing::TestWithParam<Manner> {};

TEST_P(ForeignTest, GetsNothingInTenRolls) {
  FleetProcess fleet({.workers = 3});
  ExpectNothingLostInTenRolls(fleet, GetParam());
}

// The hash has nobody to choose but the stranger and the only server.
TEST_P(ForeignTest, GetsNothingBesideASingleServer) {
  FleetProcess fleet({.workers = 1, .hosts = {"127.0.0.1", "127.0.0.2"}});
  ExpectNothingLostInTenRolls(fleet, GetParam());
}

// Each is killed when its drain_timeout is over; until then it is a member that accepts nothing.
TEST_P(ForeignTest, GetsNothingWhenHungWorkersAreReplaced) {
  FleetProcess fleet({.workers = 4,
                      .roll = "min_healthy_time = \"20ms\"\nhandshake_timeout = \"200ms\"\n"
                              "drain_timeout = \"1s\"\n",
                      .health = "interval = \"10ms\"\nsteady_interval = \"20ms\"\n"
                                "timeout = \"100ms\"\n"});
  fleet.Start();
  const Stranger stranger(fleet.addresses()[0], GetParam());
  ASSERT_TRUE(AwaitStranger(fleet));
  std::set<pid_t> hung;
  const json before = fleet.Status();
  for (const json& worker : before["workers"]) hung.insert(worker["pid"].get<pid_t>());
  for (const pid_t pid : hung) kill(pid, SIGSTOP);
  ASSERT_TRUE(fleet.Await([&](const json& status) {
    int serving = 0;
    for (const json& worker : status["workers"]) {
      serving += !hung.contains(worker["pid"].get<pid_t>()) && worker["share"] == 0.25;
    }
    return serving == 4;
  })) << fleet.Status();
  FreshClients clients(fleet);
  EXPECT_TRUE(fleet.Await([](const json& status) { return status["workers"].size() == 4; }));
  clients.ExpectNothingLost();
}

TEST_P(ForeignTest, GetsNothingAtARoundTripOf120Milliseconds) {
  const auto network = DelayedNetwork::Create({.one_way = absl::Milliseconds(60)});
  if (!network.ok()) GTEST_SKIP() << network.status();
  const auto on = [&](DelayedNetwork::Side side) {
    return [&network, side] { return (*network)->Enter(side); };
  };
  FleetProcess fleet({.workers = 3,
                      .hosts = {"10.83.0.1"},
                      .port = 8080,
                      .before_exec = on(DelayedNetwork::Side::kServer)});
  fleet.Start();
  const Stranger stranger(fleet.addresses()[0], GetParam(), on(DelayedNetwork::Side::kServer));
  ASSERT_TRUE(AwaitStranger(fleet));
  FreshClients clients(fleet, on(DelayedNetwork::Side::kClient), "80");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  }
  clients.ExpectNothingLost();
}

INSTANTIATE_TEST_SUITE_P(Manners, ForeignTest,
                         testing::Values(Manner::kNeverAccepts, Manner::kResets),
                         [](const auto& info) {
                           return info.param == Manner::kResets ? "Resets" : "NeverAccepts";
                         });

// It may leave or come at the very moment of a swap, or between a look at the group and a swap.
TEST(ForeignListenerTest, ThatComesAndGoesAllTheTimeGetsNothing) {
  FleetProcess fleet({.workers = 4});
  fleet.Start();
  const Stranger stranger(fleet.addresses()[0], Manner::kComesAndGoes);
  FreshClients clients(fleet);
  for (int i = 0; i < 20; ++i) {
    const json verdict = fleet.Roll();
    EXPECT_EQ(verdict["outcome"], "rolled") << verdict;
  }
  clients.ExpectNothingLost();
}

TEST(ForeignListenerTest, IsToldOnceWithItsAddressAndItsProcess) {
  FleetProcess fleet({.workers = 1});
  fleet.Start();
  const Stranger stranger(fleet.addresses()[0], Manner::kNeverAccepts);
  ASSERT_TRUE(fleet.Await([&](const json&) { return fleet.Told("ForeignListenerFound") > 0; }));
  EXPECT_THAT(fleet.log(), HasSubstr(fleet.addresses()[0]));
  EXPECT_THAT(fleet.log(), HasSubstr(absl::StrCat("process ", stranger.pid())));
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  EXPECT_EQ(fleet.Told("ForeignListenerFound"), 1) << fleet.log();
}

}  // namespace
}  // namespace rollport::integration
