// An idle kept-alive connection outlives every worker that has served it.
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/address.h"
#include "tests/integration/fleet_process.h"

namespace rollport::integration {
namespace {

using nlohmann::json;

constexpr char kRequest[] = "HEAD /page HTTP/1.1\r\nHost: h\r\n\r\n";

// One TCP connection, kept and used again and again.
class KeptConnection {
 public:
  explicit KeptConnection(const std::string& address)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_storage storage;
    const socklen_t length = os::SocketAddress::Parse(address)->ToSockaddr(&storage);
    if (connect(fd_.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0) fd_.Reset();
  }
  int fd() const { return fd_.get(); }

  // The head of the answer; what there is of it where the connection ends.
  std::string Head() {
    (void)send(fd_.get(), kRequest, sizeof kRequest - 1, MSG_NOSIGNAL);
    std::string head;
    char bytes[4096];
    while (!head.ends_with("\r\n\r\n")) {
      const ssize_t n = recv(fd_.get(), bytes, sizeof bytes, 0);
      if (n <= 0) break;
      head.append(bytes, static_cast<size_t>(n));
    }
    return head;
  }
  // "1" where generation 1 has answered; "" where nobody has.
  std::string Generation() { return Field(Head(), "X-Rollport-Generation: "); }
  std::string Slot() { return Field(Head(), "X-Rollport-Slot: "); }

 private:
  static std::string Field(const std::string& head, const std::string& name) {
    const size_t at = head.find(name);
    if (at == head.npos) return "";
    const size_t begin = at + name.size();
    return head.substr(begin, head.find('\r', begin) - begin);
  }
  os::UniqueFd fd_;
};

using Connections = std::vector<std::unique_ptr<KeptConnection>>;

Connections Connect(const FleetProcess& fleet, size_t n) {
  Connections connections;
  for (size_t i = 0; i < n; ++i) {
    connections.push_back(std::make_unique<KeptConnection>(fleet.addresses()[0]));
  }
  return connections;
}

void ExpectGeneration(const Connections& connections, const std::string& generation) {
  for (size_t i = 0; i < connections.size(); ++i) {
    ASSERT_EQ(connections[i]->Generation(), generation) << i;
  }
}

int64_t HandedOverInLastRoll(const FleetProcess& fleet) {
  const json history = fleet.Call({"history"}).json();
  EXPECT_TRUE(history.is_object());
  return history["rolls"].back()["handed_over"].get<int64_t>();
}

TEST(HandoverTest, OneConnectionIsAnsweredByOneGenerationAndThenByTheNext) {
  FleetProcess fleet;
  fleet.Start();
  const Connections connections = Connect(fleet, 60);
  ExpectGeneration(connections, "1");
  for (int generation = 2; generation <= 4; ++generation) {
    EXPECT_EQ(fleet.Roll()["cut"], 0);
    EXPECT_EQ(HandedOverInLastRoll(fleet), 60);
    ExpectGeneration(connections, std::to_string(generation));
  }
}

// The programs get their listeners at descriptors 3 and up, so that what else they are given is
// elsewhere.
TEST(HandoverTest, WorkersThatInheritTheirListenersHandOverToo) {
  FleetProcess fleet({.hosts = {"127.0.0.1", "127.0.0.2"}, .worker = "listener = \"inherit\"\n"});
  fleet.Start();
  const Connections connections = Connect(fleet, 10);
  ExpectGeneration(connections, "1");
  fleet.Roll();
  EXPECT_EQ(HandedOverInLastRoll(fleet), 10);
  ExpectGeneration(connections, "2");
}

TEST(HandoverTest, ClientsThatThinkKeepTheirConnectionsOverManyRolls) {
  constexpr int kIdle = 60, kKept = 40;
  FleetProcess fleet({.workers = 4});
  fleet.Start();
  Program load({ProgramPath("rollport-load"), "--json", "--duration", "inf", "--timeout", "8s",
                "--idle", std::to_string(kIdle), "--idle-interval", "300ms", "--keep-alive",
                std::to_string(kKept), "--think", "20ms", "--url", fleet.url("/page")});
  ASSERT_TRUE(fleet.Await([](const json& status) {
    int open = 0;
    for (const json& worker : status["workers"]) open += worker["connections"].get<int>();
    return open == kIdle + kKept;
  }));
  int64_t handed_over = 0;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
    handed_over += HandedOverInLastRoll(fleet);
  }
  load.Signal(SIGTERM);
  const json report = load.Wait().json();
  ASSERT_TRUE(report.is_object());
  EXPECT_GT(report["ok"], 0);
  EXPECT_EQ(report["lost"], 0) << report["lost_by_kind"] << report["losses"];
  EXPECT_EQ(report["lost_by_kind"]["crossed_close"], 0);
  EXPECT_EQ(report["connections"]["idle_closed"], 0);
  EXPECT_EQ(report["connections"]["opened"], kIdle + kKept) << "none had to be opened again";
  EXPECT_EQ(handed_over, 6 * (kIdle + kKept));
}

TEST(HandoverTest, ARollWithAThousandIdleConnectionsDoesNotWaitForThem) {
  constexpr rlim_t kNeeded = 1200;
  rlimit files;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_max < kNeeded) GTEST_SKIP() << "a hard limit of " << files.rlim_max << " files";
  files.rlim_cur = std::max(files.rlim_cur, kNeeded);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);

  FleetProcess fleet(
      {.workers = 4, .roll = "min_healthy_time = \"20ms\"\ndrain_timeout = \"60s\"\n"});
  fleet.Start();
  const Connections connections = Connect(fleet, 1000);
  ExpectGeneration(connections, "1");
  const auto begin = std::chrono::steady_clock::now();
  const json verdict = fleet.Roll();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(verdict["outcome"], "rolled");
  EXPECT_EQ(verdict["cut"], 0);
  EXPECT_LT(took.count(), 15);
  EXPECT_EQ(HandedOverInLastRoll(fleet), 1000);
  RecordProperty("seconds", std::to_string(took.count()));
  // How long the workers drained.
  double longest = 0;
  const json history = fleet.Call({"history"}).json();
  for (const json& phase : history["rolls"].back()["phases"]) {
    if (phase["phase"] == "draining") longest = std::max(longest, phase["seconds"].get<double>());
  }
  std::printf("a roll with 1000 idle connections: %.3f s, the longest drain %.4f s\n", took.count(),
              longest);
  ExpectGeneration(connections, "2");
}

// No worker has room for more than its share, and few descriptors may be on their way at once.
TEST(HandoverTest, FiveThousandConnectionsGoOverWhereEachWorkerMayOpenTwoHundredAndFiftySixFiles) {
  constexpr size_t kConnections = 5000;
  rlimit files;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlim_t needed = kConnections + 200;
  if (files.rlim_max < needed) GTEST_SKIP() << "a hard limit of " << files.rlim_max << " files";
  files.rlim_cur = std::max(files.rlim_cur, needed);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);

  FleetProcess fleet({.workers = 30,
                      .worker = "limits = { nofile = 256 }\n",
                      .roll = "min_healthy_time = \"20ms\"\ndrain_timeout = \"60s\"\n"});
  fleet.Start();
  const Connections connections = Connect(fleet, kConnections);
  ExpectGeneration(connections, "1");
  const json verdict = fleet.Roll();
  EXPECT_EQ(verdict["outcome"], "rolled") << verdict;
  EXPECT_EQ(verdict["cut"], 0);
  EXPECT_EQ(HandedOverInLastRoll(fleet), kConnections);
  ExpectGeneration(connections, "2");
}

// Its last answer is in the worker's send queue when drain_timeout is over.
TEST(HandoverTest, AnAnswerThatASlowClientIsTakingOutlivesItsWorker) {
  constexpr size_t kLarge = 600'000;
  FleetProcess fleet(
      {.workers = 1, .roll = "min_healthy_time = \"20ms\"\ndrain_timeout = \"1s\"\n"});
  WriteFile(fleet.folder() + "/site/large", std::string(kLarge, 'x'));
  fleet.Start();
  const KeptConnection slow(fleet.addresses().front());
  const int small = 32 << 10;
  setsockopt(slow.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  const std::string request = "GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  ASSERT_GT(send(slow.fd(), request.data(), request.size(), MSG_NOSIGNAL), 0);
  char byte;
  ASSERT_EQ(recv(slow.fd(), &byte, 1, MSG_PEEK), 1);
  const json verdict = fleet.Roll();
  EXPECT_EQ(verdict["outcome"], "rolled") << verdict;
  EXPECT_TRUE(verdict["cut"].is_null()) << verdict;
  // Which would reset the connection.
  ASSERT_GT(send(slow.fd(), request.data(), request.size(), MSG_NOSIGNAL), 0);
  size_t size = 0;
  std::vector<char> bytes(64 << 10);
  for (ssize_t n; (n = recv(slow.fd(), bytes.data(), bytes.size(), 0)) > 0;) {
    size += static_cast<size_t>(n);
  }
  EXPECT_GT(size, kLarge);
}

TEST(HandoverTest, AScalingDownGivesThemToThoseWhoStay) {
  FleetProcess fleet({.workers = 5});
  fleet.Start();
  const Connections connections = Connect(fleet, 100);
  std::map<std::string, int> before, after;
  for (const auto& connection : connections) ++before[connection->Slot()];
  EXPECT_EQ(fleet.Call({"scale", "2"}).code, 0);
  for (const auto& connection : connections) ++after[connection->Slot()];
  EXPECT_EQ(after.size(), 2U);
  EXPECT_EQ(after["0"] + after["1"], 100);
  EXPECT_EQ(HandedOverInLastRoll(fleet), before["2"] + before["3"] + before["4"]);
}

// Nobody is left to take them.
TEST(HandoverTest, AStopEndsThemPolitely) {
  FleetProcess fleet({.roll = "drain_timeout = \"1s\"\n"});
  fleet.Start();
  KeptConnection idle(fleet.addresses()[0]);
  EXPECT_EQ(idle.Generation(), "1");
  fleet.Stop();
  char c;
  EXPECT_EQ(recv(idle.fd(), &c, 1, 0), 0) << "a FIN, and no reset";
}

}  // namespace
}  // namespace rollport::integration
