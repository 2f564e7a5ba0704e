// What an operator does with a fleet, by the command, while clients go on: nothing is lost by any
// of it.
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/integration/clients.h"
#include "tests/integration/fleet_process.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using namespace nlohmann::literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;

// Begins a roll and does not wait for it.
void BeginRoll(FleetProcess& fleet, std::vector<std::string> flags) {
  flags.insert(flags.begin(), {"roll", "--detach"});
  const Finished begun = fleet.Call(std::move(flags));
  ASSERT_EQ(begun.code, 0) << begun.out << begun.err;
}

json Verdict(const Finished& finished) {
  json verdict = finished.json();
  EXPECT_TRUE(verdict.is_object()) << finished.out << finished.err;
  return verdict.is_object() ? verdict : json::object();
}

TEST(ControlsTest, ACanaryWithoutATimeHasExactlyItsShareUntilAPersonResumes) {
  FleetProcess fleet({.workers = 4});
  fleet.Start();
  const Clients clients(fleet);
  BeginRoll(fleet, {"--canary", "20%"});
  ASSERT_TRUE(fleet.AwaitPaused());

  double canary = 0, others = 0;
  const json status = fleet.Status();
  for (const json& worker : status["workers"]) {
    (worker["state"] == "canary" ? canary : others) += worker["share"].get<double>();
  }
  EXPECT_DOUBLE_EQ(canary, 0.2);
  EXPECT_DOUBLE_EQ(others, 0.8);
  // Of 2,000 draws at 0.2 the deviation is 18; these bounds are more than five of them away.
  EXPECT_THAT(fleet.AnswersByGeneration(2000)["2"], AllOf(Ge(300), Le(500)));

  EXPECT_EQ(fleet.Call({"resume"}).code, 0);
  EXPECT_TRUE(fleet.AwaitSteady(2));
}

TEST(ControlsTest, ATimedCanaryGoesOnByItself) {
  FleetProcess fleet;
  fleet.Start();
  const Clients clients(fleet);
  const json verdict = Verdict(fleet.Call(
      {"roll", "--canary", "5%", "--for", "100ms", "--canary", "25%", "--for", "100ms"}));
  EXPECT_EQ(verdict.value("outcome", json()), "rolled") << verdict;
  EXPECT_EQ(verdict.value("replaced", json()), 3);
}

class WorseCanaryTest : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(WorseCanaryTest, RevertsAndSaysOnWhichFigures) {
  const auto& [fault, figures] = GetParam();
  FleetProcess fleet({.roll = "min_healthy_time = \"20ms\"\ndrain_timeout = \"10s\"\n"
                              "canary = [{ share = 30, for = \"1m\" }]\n"});
  fleet.Start();
  Clients clients(fleet);
  const json verdict = fleet.Roll(fleet.ServerCommand({"--fault", fault}));
  EXPECT_EQ(verdict.value("outcome", json()), "reverted") << verdict;
  EXPECT_THAT(verdict.value("reason", json()).get<std::string>(), HasSubstr(figures));
  EXPECT_TRUE(fleet.AwaitSteady(1));
  // The canary's own answers 500 are what its users lost; nothing else is.
  const json report = clients.End();
  for (const auto& [kind, count] : report["lost_by_kind"].items()) {
    EXPECT_TRUE(count == 0 || absl::StrContains(kind, "status")) << report["lost_by_kind"];
  }
}

INSTANTIATE_TEST_SUITE_P(Figures, WorseCanaryTest,
                         testing::Values(std::pair{"errors", "with 5xx"},
                                         std::pair{"slow=50ms", "requests take up to"}),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "Errors" : "Latency");
                         });

TEST(ControlsTest, ScalesUpAndDownAndLosesNothing) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const Clients clients(fleet);
  for (const int workers : {5, 1, 3}) {
    const Finished scaled = fleet.Call({"scale", absl::StrCat(workers)});
    EXPECT_EQ(scaled.code, 0) << scaled.out << scaled.err;
    EXPECT_EQ(fleet.Status()["workers"].size(), static_cast<size_t>(workers));
  }
  // A roll of an unchanged file keeps the number that was asked for.
  EXPECT_EQ(fleet.Roll()["replaced"], 3);
}

TEST(ControlsTest, RestartsOneSlot) {
  FleetProcess fleet;
  fleet.Start();
  const Clients clients(fleet);
  const json before = fleet.Status();
  EXPECT_EQ(fleet.Call({"restart", "1"}).code, 0);
  const json after = fleet.Status();
  for (int slot = 0; slot < 3; ++slot) {
    EXPECT_EQ(before["workers"][slot]["pid"] == after["workers"][slot]["pid"], slot != 1) << after;
  }
  EXPECT_EQ(after["generation"], 1);
}

TEST(ControlsTest, UndoRunsTheVeryBytesThatRanBefore) {
  FleetProcess fleet;
  fleet.Start();
  const Clients clients(fleet);
  ASSERT_EQ(fleet.Roll()["outcome"], "rolled");
  ASSERT_EQ(fleet.Roll()["outcome"], "rolled");
  std::filesystem::remove(fleet.server());
  EXPECT_EQ(fleet.Call({"undo"}).code, 0);
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("2"));
  EXPECT_EQ(fleet.Call({"undo", "--to", "3"}).code, 0);
  EXPECT_EQ(fleet.Call({"undo", "--to", "1"}).code, 0);
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1"));
  EXPECT_EQ(fleet.Call({"undo"}).code, 1) << "there is nothing before 1";
  EXPECT_EQ(fleet.Call({"undo", "--to", "9"}).code, 1) << "there is none";

  const json history = fleet.Call({"history"}).json();
  ASSERT_EQ(history["rolls"].size(), 5u) << history;
  EXPECT_EQ(history["rolls"][2]["kind"], "undo");
  EXPECT_EQ(history["rolls"][2]["verdict"]["outcome"], "rolled");
  EXPECT_FALSE(history["rolls"][2]["phases"].empty());
  EXPECT_EQ(history["generations"].size(), 3u);
}

TEST(ControlsTest, APauseLetsBothGenerationsServeUntilItIsResumedOrAborted) {
  FleetProcess fleet({.workers = 4, .roll = "min_healthy_time = \"200ms\"\n"});
  fleet.Start();
  const Clients clients(fleet);
  const auto pause_in_the_middle = [&fleet] {
    BeginRoll(fleet, {});
    EXPECT_TRUE(fleet.Await(
        [](const json& status) { return status.value("/roll/replaced"_json_pointer, 0) == 1; }));
    EXPECT_EQ(fleet.Call({"pause"}).code, 0);
    EXPECT_TRUE(fleet.AwaitPaused());
  };
  pause_in_the_middle();
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1", "2"));
  EXPECT_EQ(fleet.Call({"roll"}).json()["outcome"], "refused");
  EXPECT_EQ(fleet.Call({"resume"}).code, 0);
  EXPECT_TRUE(fleet.AwaitSteady(2));

  pause_in_the_middle();
  const Finished aborted = fleet.Call({"abort"});
  EXPECT_EQ(aborted.code, 0) << aborted.err;
  EXPECT_EQ(Verdict(aborted).value("outcome", json()), "aborted");
  EXPECT_TRUE(fleet.AwaitSteady(2));
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("2"));
}

TEST(ControlsTest, ARollTakesUpAChangedFleetFile) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const Clients clients(fleet);
  // One address more, and one worker more.
  fleet.Rewrite({.workers = 3, .hosts = {"127.0.0.1", "127.0.0.2"}});
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  EXPECT_TRUE(fleet.AwaitSteady(2));
  EXPECT_EQ(fleet.Status()["listen"], json(fleet.addresses()));
  const auto serves = [&fleet](const std::string& address) {
    return RunProgram({"/usr/bin/curl", "-sf", "--max-time", "5", "http://" + address + "/page"})
               .code == 0;
  };
  const std::string added = fleet.addresses()[1];
  EXPECT_TRUE(serves(added));

  // A release that fails goes back to the addresses that there were.
  fleet.Rewrite({.workers = 3, .hosts = {"127.0.0.1", "127.0.0.2", "127.0.0.3"}});
  EXPECT_EQ(fleet.Roll(fleet.ServerCommand({"--fault", "exit-at-start"}))["outcome"], "reverted");
  EXPECT_FALSE(serves(fleet.addresses()[2]));
  EXPECT_TRUE(serves(added));

  fleet.Rewrite({.workers = 1});
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  EXPECT_EQ(fleet.Status()["workers"].size(), 1u);
  EXPECT_FALSE(serves(added)) << "an address that was let go";
}

TEST(ControlsTest, AnAddressThatIsTakenRefusesTheRollAndChangesNothing) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  fleet.Rewrite({.workers = 2, .hosts = {"127.0.0.1", "127.0.0.2"}});
  const auto added = *os::SocketAddress::Parse(fleet.addresses()[1]);
  const auto stranger = os::ListenAlone(added, 1);
  // The test holds that address for the fleet, by a socket that shares it.
  if (!stranger.ok()) GTEST_SKIP() << stranger.status();
  const Finished refused = fleet.Call({"roll"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(Verdict(refused).value("reason", json()).get<std::string>(),
              HasSubstr(fleet.addresses()[1]));
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1"));
}

TEST(ControlsTest, BadRequestsGetOneLineAndChangeNothing) {
  FleetProcess fleet({.workers = 1});
  fleet.Start();
  const json before = fleet.Status();
  const std::vector<std::vector<std::string>> bad = {{"scale", "0"},
                                                     {"scale", "many"},
                                                     {"restart"},
                                                     {"undo", "--to", "x"},
                                                     {"roll", "--canary", "100%"},
                                                     {"roll", "--for", "1m"},
                                                     {"roll", "--canary", "x"},
                                                     {"rol"}};
  for (const std::vector<std::string>& words : bad) {
    const Finished finished = fleet.Call(words);
    EXPECT_EQ(finished.code, 2) << words[0] << finished.out << finished.err;
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  }
  EXPECT_EQ(fleet.Call({"restart", "7"}).code, 1) << "there is no such slot";
  EXPECT_EQ(fleet.Status()["workers"][0]["pid"], before["workers"][0]["pid"]);
}

}  // namespace
}  // namespace rollport::integration
