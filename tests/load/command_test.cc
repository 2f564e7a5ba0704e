#include "load/command.h"

#include <unistd.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/scripted_server.h"

namespace rollport::load {
namespace {

using test::Answer;
using test::GoodScript;
using test::Peer;
using test::ScriptedServer;

class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    // Blocked here and, by inheritance, in the servers' threads: only the signalfd of rollport-load
    // is to see them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
  }
  ~CommandTest() override { std::remove(report_.c_str()); }

  int Call(std::vector<std::string> words) {
    words.insert(words.begin(), "rollport-load");
    words.insert(words.end(), {"--report", report_});
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    return Main(static_cast<int>(argv.size()), argv.data());
  }
  nlohmann::json Report() const {
    std::ifstream file(report_);
    return nlohmann::json::parse(file);
  }

  const std::string report_ =
      testing::TempDir() + "rollport_load_report_" + std::to_string(getpid());
};

TEST_F(CommandTest, NothingLostIsExitStatusZero) {
  const ScriptedServer server(GoodScript("hello"));
  EXPECT_EQ(Call({server.url(), "-n", "10", "--expect-size", "5", "--progress"}), 0);
  EXPECT_EQ(Report()["outcome"], "clean");
  EXPECT_EQ(Report()["requests"], 10);
}

TEST_F(CommandTest, ALossIsExitStatusOne) {
  const ScriptedServer server(GoodScript("hello"));
  EXPECT_EQ(Call({server.url(), "-n", "10", "--expect-size", "6"}), 1);
  EXPECT_EQ(Report()["lost_by_kind"]["wrong_body"], 10);
}

TEST_F(CommandTest, WrongOptionsAreExitStatusTwo) {
  EXPECT_EQ(Call({"ftp://127.0.0.1/"}), 2);
  EXPECT_EQ(Call({}), 2);
}

TEST_F(CommandTest, AReportThatCannotBeWrittenIsNoVerdict) {
  const ScriptedServer server(GoodScript("hello"));
  const char* words[] = {"rollport-load",   "-n",    "1",    "--report",
                         "/nowhere/report", "--url", nullptr};
  const std::string url = server.url();
  words[6] = url.c_str();
  EXPECT_EQ(Main(7, words), 3);
}

TEST_F(CommandTest, ASignalEndsTheRunAndTheRequestUnderWayIsAnswered) {
  const ScriptedServer server([](Peer& peer, int) {
    peer.Read();
    kill(getpid(), SIGTERM);
    peer.Send(Answer("hello", "Connection: close\r\n"));
  });
  EXPECT_EQ(Call({server.url(), "--duration", "1h", "-r", "1"}), 0);
  EXPECT_EQ(Report()["requests"], 1);
  EXPECT_EQ(Report()["ok"], 1);
}

}  // namespace
}  // namespace rollport::load
