// Whatever the clients of the admin address do, workers and rolls do not feel it.
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/integration/clients.h"
#include "tests/integration/scrape.h"

namespace rollport::integration {
namespace {

using nlohmann::json;

class AdminTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  AdminTest() : fleet_({.workers = 3, .admin = admin_}) { fleet_.Start(); }

  // A client that has sent `bytes`, as far as they go.
  os::UniqueFd Connect(const std::string& bytes) const {
    os::UniqueFd fd = *os::Connect(*os::SocketAddress::Parse(admin_));
    pollfd ready{.fd = fd.get(), .events = POLLOUT};
    poll(&ready, 1, 1000);
    (void)send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return fd;
  }
  double Resident() const { return Scrape(admin_)["rollport_controller_resident_bytes"]; }

  // Rolls under load while `flood` goes on, turn by turn.
  void RollWhile(const std::function<void()>& flood) {
    std::atomic<bool> over = false;
    const double before = Resident();
    Clients clients(fleet_);
    std::thread other([&] {
      while (!over) flood();
    });
    for (int i = 0; i < 3; ++i) {
      const json verdict = fleet_.Roll();
      EXPECT_EQ(verdict["outcome"], "rolled") << verdict;
      EXPECT_EQ(verdict["cut"], 0);
      // 3 slots at some 50 ms; other tests may run beside this one.
      EXPECT_LT(verdict["seconds"], 10);
      EXPECT_TRUE(Scrape(admin_).ok()) << "a scraper finds no place";
    }
    over = true;
    other.join();
    const json report = clients.End();
    EXPECT_EQ(report["lost"], 0) << report["losses"];
    EXPECT_EQ(Scrape(admin_)["rollport_worker_restarts_total{slot=\"0\"}"], 0);
    EXPECT_LT(Resident() - before, 24 << 20);
  }

  const std::string admin_ = FreshAdmin();
  FleetProcess fleet_;
};

TEST_F(AdminTest, UnderANameThatIsNotItsOwnNothingIsTold) {
  const auto ask = [this](const std::string& host) {
    const os::UniqueFd client =
        Connect("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    std::string answer;
    char buffer[4096];
    pollfd ready{.fd = client.get(), .events = POLLIN};
    while (poll(&ready, 1, 10'000) == 1) {
      const ssize_t n = recv(client.get(), buffer, sizeof buffer, 0);
      if (n <= 0) break;
      answer.append(buffer, static_cast<size_t>(n));
    }
    return answer;
  };
  for (const std::string& host : {admin_, std::string("localhost:9180")}) {
    EXPECT_THAT(ask(host), testing::StartsWith("HTTP/1.1 200 ")) << host;
  }
  const std::string answer = ask("evil.example:9180");
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 421 "));
  EXPECT_THAT(answer, testing::HasSubstr("admin_hosts"));
  EXPECT_THAT(answer, testing::Not(testing::HasSubstr("rollport_workers")));
}

TEST_F(AdminTest, AThousandHalfOpenScrapesChangeNothing) {
  std::vector<os::UniqueFd> clients;
  for (int i = 0; i < 1000; ++i) clients.push_back(Connect("GET /metrics HTTP/1.1\r\nHost: "));
  size_t next = 0;
  RollWhile([&] { clients[next++ % clients.size()] = Connect("GET /metrics HTTP/1.1\r\nHost: "); });
}

TEST_F(AdminTest, ScrapersThatNeverReadChangeNothing) {
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::vector<os::UniqueFd> clients(20);
  size_t next = 0;
  RollWhile([&] {
    clients[next++ % clients.size()] = Connect(requests);
    // Those who never read keep their places for 10 s: a scraper waits for one of the other 12.
    poll(nullptr, 0, 5);
  });
}

TEST_F(AdminTest, AFloodOfGarbageChangesNothing) {
  std::mt19937 random(7);
  RollWhile([&] {
    std::string bytes(random() % 30'000, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    if (random() % 2 == 0) bytes.insert(0, "GET /metrics HTTP/1.1\r\n");
    Connect(bytes);
  });
}

}  // namespace
}  // namespace rollport::integration
