// The commands that operators give to a fleet and to a roll, against a controller that is played by
// a fake.
#include <sys/eventfd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/control_json.h"
#include "cli/commands.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/unique_fd.h"
#include "tests/cli/fake_controller.h"

namespace rollport::cli {
namespace {

using api::CanaryProgress;
using api::FakeFleetControl;
using api::RollProgress;
using api::Verdict;
using testing::HasSubstr;
using testing::StartsWith;

const Verdict kDoneVerdict{"rolled", 3, 2, absl::Seconds(5.1), 0, ""};

class ChangesTest : public FakeControllerTest {
 protected:
  ExitStatus Do(std::vector<std::string> words, int interrupt = -1) {
    words.insert(words.end(), {"-f", dir_ / "fleet.toml"});
    out_.str("");
    err_.str("");
    return Execute(words, Console{out_, err_}, interrupt,
                   [](const auto&, const auto&, const auto&) { return absl::OkStatus(); });
  }
  // The fake says what it was asked for in the reason of its verdict.
  static Prepare Echoes(Verdict verdict) {
    return [verdict](FakeFleetControl& control, os::EventLoop&) {
      control.on_roll = [&control, verdict]() mutable {
        verdict.reason = control.asked.back();
        const auto roll = static_cast<int64_t>(control.asked.size());
        control.log.Append({.roll = roll, .at = control.now, .kind = "RollBegan"});
        control.log.Append({.roll = roll, .at = control.now, .verdict = verdict});
        return roll;
      };
    };
  }
  static RollProgress Paused() {
    return {.number = 1,
            .from = 3,
            .to = 4,
            .phase = "paused",
            .reason = "the canary waits",
            .of = 2,
            .canary = CanaryProgress{.step = 1, .of = 1, .share = 0.05}};
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ChangesTest, EachAsksForWhatWasTypedAndGivesTheSameVerdict) {
  StartController(Echoes(kDoneVerdict));
  for (const auto& [words, asked] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"undo", "--json"}, "undo"},
           {{"undo", "--to", "2", "--json"}, "undo to 2"},
           {{"scale", "8", "--json"}, "scale 8"},
           {{"restart", "0", "--json"}, "restart 0"}}) {
    EXPECT_EQ(Do(words), kDone);
    EXPECT_EQ(out_.str(),
              "{\"outcome\":\"rolled\",\"generation\":3,\"replaced\":2,\"seconds\":5.1,\"cut\":0,"
              "\"reason\":\"" +
                  asked + "\"}\n");
    EXPECT_EQ(err_.str(), "");
  }
}

TEST_F(ChangesTest, EachSaysInItsOwnWordsThatItIsDone) {
  StartController(Echoes(kDoneVerdict));
  const std::string rest =
      ": generation 3 runs in every slot (2 replaced, 5.10 s, 0 connections cut)\n";
  EXPECT_EQ(Do({"undo"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\nundone" + rest));
  EXPECT_EQ(Do({"scale", "8"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\nscaled to 8 workers" + rest));
  EXPECT_EQ(Do({"restart", "1"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\nrestarted slot 1" + rest));
}

TEST_F(ChangesTest, WhatFailsIsAFailure) {
  StartController(Echoes({"reverted", 3, 0, absl::Seconds(1), 0, ""}));
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"undo"}, {"scale", "8"}, {"restart", "0"}}) {
    EXPECT_EQ(Do(words), kFailed);
    EXPECT_THAT(out_.str(), HasSubstr("\nreverted: "));
  }
}

TEST_F(ChangesTest, WhatIsRefusedIsSaidAndNothingElse) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.status.roll = Paused();
    control.on_roll = [] { return absl::FailedPreconditionError("roll 1 is under way"); };
    control.on_ask = [] { return absl::FailedPreconditionError("there is nothing to do that to"); };
  });
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"roll"}, {"undo"}, {"scale", "8"}, {"restart", "0"}}) {
    EXPECT_EQ(Do(words), kFailed);
    EXPECT_EQ(out_.str(), "");
    EXPECT_THAT(err_.str(), StartsWith("rollport: refused: roll 1 is under way\n"
                                       "roll 1: generation 3 -> 4, paused (the canary waits), "));
  }
  EXPECT_EQ(Do({"abort", "--json"}), kFailed);
  EXPECT_THAT(out_.str(), StartsWith("{\"outcome\":\"refused\",\"generation\":3,"));
  for (const char* command : {"pause", "resume"}) {
    EXPECT_EQ(Do({command}), kFailed);
    EXPECT_EQ(err_.str(), "rollport: there is nothing to do that to\n");
    EXPECT_EQ(Do({command, "--json"}), kFailed);
    EXPECT_EQ(out_.str(), "{\"error\":\"there is nothing to do that to\"}\n");
  }
}

TEST_F(ChangesTest, WhatTheControllerFindsWrongIsWrong) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.on_roll = [] { return absl::InvalidArgumentError("generation 9 is not kept"); };
  });
  EXPECT_EQ(Do({"undo", "--to", "9"}), kWrong);
  EXPECT_EQ(err_.str(), "rollport: generation 9 is not kept\n");
}

TEST_F(ChangesTest, DetachedTheyAreNotWaitedFor) {
  StartController();
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"roll", "--canary", "5"}, {"undo"}, {"scale", "8"}, {"restart", "0"}}) {
    std::vector<std::string> detached = words;
    detached.emplace_back("--detach");
    EXPECT_EQ(Do(detached), kDone);
    EXPECT_THAT(out_.str(), StartsWith("roll 1 has begun; `rollport status -f "));
  }
}

TEST_F(ChangesTest, PauseAndResumeReturnAtOnceAndSayWhatToTypeNext) {
  StartController(
      [](FakeFleetControl& control, os::EventLoop&) { control.status.roll = Paused(); });
  EXPECT_EQ(Do({"pause"}), kDone);
  const std::string file = " -f " + (dir_ / "fleet.toml");
  EXPECT_EQ(out_.str(),
            "roll 1: generation 3 -> 4, paused (the canary waits), 0 of 2 slots replaced, 0.00 s\n"
            "paused; `rollport resume" +
                file + "` continues it, `rollport abort" + file + "` reverts it\n");
  EXPECT_EQ(Do({"resume"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\nresumed; `rollport status" + file + "` shows it\n"));
  EXPECT_EQ(Do({"pause", "--json"}), kDone);
  EXPECT_EQ(out_.str(), api::ProgressJson(Paused()) + "\n");
}

TEST_F(ChangesTest, AbortWaitsForTheVerdictOfTheRollAndShowsOnlyWhatComesOfIt) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.status.roll = Paused();
    control.Tell("LongAgo");
    control.on_ask = [&control] {
      control.now = absl::Now();
      control.Tell("RollReverting");
      control.End({"aborted", 3, 0, absl::Seconds(1), 0, "somebody aborted it"});
      return absl::OkStatus();
    };
  });
  EXPECT_EQ(Do({"abort"}), kDone);
  EXPECT_EQ(out_.str(),
            "   0.00 s  generation 2  roll reverting\n"
            "aborted: somebody aborted it; generation 3 stays (0 replaced, 1.00 s, 0 connections "
            "cut)\n");
  EXPECT_EQ(Do({"abort", "--json"}), kDone);
  EXPECT_THAT(out_.str(), StartsWith("{\"outcome\":\"aborted\","));
}

TEST_F(ChangesTest, AnAbortThatCameTooLateHasFailed) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.status.roll = Paused();
    control.on_ask = [&control] {
      control.Tell("RollBegan");
      control.End(kDoneVerdict);
      return absl::OkStatus();
    };
  });
  EXPECT_EQ(Do({"abort"}), kFailed);
  EXPECT_THAT(out_.str(), HasSubstr("rolled: generation 3 runs in every slot"));
}

// A roll that is paused from its beginning, and ends when its status has been asked for twice.
void PausedUntilSeen(FakeFleetControl& control, os::EventLoop& loop) {
  auto looks = std::make_shared<int>(0);
  control.on_roll = [&control, &loop, looks] {
    control.status.roll = RollProgress{.number = 1, .phase = "paused", .of = 2};
    control.Tell("RollBegan");
    control.on_status = [&control, &loop, looks] {
      if (++*looks == 2) loop.Defer([&control] { control.End(kDoneVerdict); });
    };
    return 1;
  };
}

TEST_F(ChangesTest, ARollThatIsPausedSaysWhatToTypeNextAndIsWaitedFor) {
  StartController(PausedUntilSeen);
  EXPECT_EQ(Do({"roll", "--canary", "5%"}), kDone);
  const std::string file = " -f " + (dir_ / "fleet.toml");
  const std::string next = "roll 1 is paused: `rollport resume" + file +
                           "` continues it, `rollport abort" + file + "` reverts it\n";
  EXPECT_THAT(out_.str(), HasSubstr(next));
  EXPECT_THAT(out_.str(), HasSubstr("rolled: "));
}

TEST_F(ChangesTest, ForProgramsThatIsSaidOnStderr) {
  StartController(PausedUntilSeen);
  EXPECT_EQ(Do({"roll", "--canary", "5%", "--json"}), kDone);
  EXPECT_THAT(err_.str(), HasSubstr("roll 1 is paused: "));
  EXPECT_THAT(out_.str(), StartsWith("{\"outcome\":\"rolled\","));
}

TEST_F(ChangesTest, HistoryForPeopleAndForPrograms) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.history.generations.push_back({.number = 1, .command = {"./server"}, .current = true});
    control.history.rolls.push_back({.number = 7, .kind = "roll", .from = 1, .to = 2});
  });
  EXPECT_EQ(Do({"history"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("current  ./server\n"));
  EXPECT_EQ(Do({"history", "--json"}), kDone);
  EXPECT_THAT(out_.str(), StartsWith("{\"generations\":[{\"number\":1,"));
  EXPECT_EQ(Do({"history", "7"}), kDone);
  EXPECT_THAT(out_.str(), StartsWith("roll 7: generation 1 -> 2, began "));
  EXPECT_EQ(Do({"history", "7", "--json"}), kDone);
  EXPECT_THAT(out_.str(), StartsWith("{\"number\":7,\"kind\":\"roll\","));
  EXPECT_EQ(Do({"history", "8"}), kWrong);
  EXPECT_EQ(
      err_.str(),
      "rollport: there is no record of roll 8; the last roll is 7, the first one on record 7\n");
}

TEST_F(ChangesTest, TopPrintsOnceIfThereIsNoTerminal) {
  StartController();
  EXPECT_EQ(Do({"status"}), kDone);
  const std::string status = out_.str();
  EXPECT_EQ(Do({"top"}), kDone);
  EXPECT_EQ(out_.str(), status);
}

}  // namespace
}  // namespace rollport::cli
