// What a roll says that it cut, of a server that does not count for itself.
#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/integration/fleet_process.h"
#include "tests/integration/scrape.h"

namespace rollport::integration {
namespace {

using nlohmann::json;

// A thread for each connection. "/" is answered at once; what is asked for anything else is awaited
// for ever. Tells of the latter by a line. AT_STOP is what the stop signal does.
constexpr char kServer[] = R"(
import os, signal, socket, sys, threading, time
signal.signal(signal.SIGTERM, AT_STOP)
listener = socket.socket(fileno=3)
def serve(connection):
    while True:
        request = connection.recv(4096)
        if not request:
            return
        if b" /slow " in request:
            print("asked for /slow", flush=True)
            time.sleep(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
)";

// A fleet of that server, rolled while some clients wait for an answer.
class CutsTest : public testing::Test {
 protected:
  void Start(const std::string& at_stop) {
    std::string server = kServer;
    server.replace(server.find("AT_STOP"), 7, at_stop);
    WriteFile(fleet_.folder() + "/server.py", server);
    fleet_.Start();
  }
  void AskForSlow(int clients) {
    for (int i = 0; i < clients; ++i) {
      clients_.push_back(*os::Connect(*os::SocketAddress::Parse(fleet_.addresses()[0])));
      const std::string request = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
      ASSERT_EQ(send(clients_.back().get(), request.data(), request.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(request.size()));
    }
    const auto all_asked = [&](const json&) {
      size_t lines = 0;
      const std::string log = fleet_.log();
      for (size_t at = 0; (at = log.find("asked for /slow", at)) != std::string::npos; ++at)
        ++lines;
      return lines == clients_.size();
    };
    ASSERT_TRUE(fleet_.Await(all_asked)) << fleet_.log();
  }

  FleetProcess fleet_{
      {.workers = 2,
       .command = {"/usr/bin/python3", "server.py"},
       .worker = "listener = \"inherit\"\nready = \"listening\"\n",
       .roll =
           "min_healthy_time = \"20ms\"\nhealthy_deadline = \"15s\"\ndrain_timeout = \"300ms\"\n",
       .health = "path = \"/\"\ninterval = \"20ms\"\nsteady_interval = \"20ms\"\n"}};
  std::vector<os::UniqueFd> clients_;
};

TEST_F(CutsTest, WhatAServerHoldsWhenItIsKilledIsCut) {
  Start("lambda *_: None");
  AskForSlow(7);
  const json verdict = fleet_.Roll();
  EXPECT_EQ(verdict["outcome"], "rolled") << verdict << fleet_.log();
  EXPECT_EQ(verdict["cut"], 7) << fleet_.log();
  const json history = fleet_.Call({"history"}).json();
  EXPECT_EQ(history["rolls"][0]["verdict"]["cut"], 7) << history;
}

TEST_F(CutsTest, WhatAServerLeavesUnansweredAtItsExitIsCut) {
  Start("lambda *_: os._exit(0)");
  AskForSlow(5);
  const json verdict = fleet_.Roll();
  EXPECT_EQ(verdict["outcome"], "rolled") << verdict << fleet_.log();
  EXPECT_EQ(verdict["cut"], 5) << fleet_.log();
}

TEST_F(CutsTest, OfAServerThatDiesOfItsStopSignalItIsNotKnown) {
  Start("signal.SIG_DFL");
  AskForSlow(1);
  const json verdict = fleet_.Roll();
  EXPECT_EQ(verdict["outcome"], "rolled") << verdict << fleet_.log();
  EXPECT_TRUE(verdict["cut"].is_null()) << verdict;
  EXPECT_THAT(fleet_.log(), testing::HasSubstr("connections cut: unknown"));
}

TEST_F(CutsTest, WithoutConnectionsNothingIsCut) {
  Start("signal.SIG_DFL");
  EXPECT_EQ(fleet_.Roll()["cut"], 0) << fleet_.log();
}

}  // namespace
}  // namespace rollport::integration
