// The stories of scenarios/*.txt, byte for byte. ROLLPORT_REWRITE_SCENARIOS=1 writes what the plan
// answers into the files instead, to be read as a diff.
#include "tests/rollout/story.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::rollout {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

const fs::path kScenarios = ROLLPORT_SCENARIOS;

std::vector<std::string> Files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kScenarios)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class ScenarioFileTest : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioFileTest, ThePlanAnswersAsItIsWritten) {
  const fs::path path = kScenarios / (GetParam() + ".txt");
  const std::string story = Read(path);
  const Retold retold = Retell(story);
  EXPECT_THAT(retold.mistakes, IsEmpty()) << path;
  if (std::getenv("ROLLPORT_REWRITE_SCENARIOS") != nullptr) {
    std::ofstream(path) << retold.text;
  } else {
    EXPECT_EQ(story, retold.text) << path;
  }
}

TEST_P(ScenarioFileTest, BeginsWithASentence) {
  EXPECT_THAT(Read(kScenarios / (GetParam() + ".txt")), MatchesRegex("# [A-Z][^.]*\\.(.|\n)*"));
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioFileTest, testing::ValuesIn(Files()),
                         [](const auto& info) { return info.param; });

TEST(StoryTest, TheAnswersAreWrittenAnewAndTheAuthorsLinesAreKept) {
  const std::string story =
      "# A restart.\n"
      "\n"
      "fleet workers=1\n"
      "  | steady: generation 1\n"
      "  |   slot 0 wants 1: 1 g1 serving 100%\n"
      "0s RestartRequested 0\n"
      "  NoteWorker 2 starting\n"
      "  LaunchWorker 2 slot 0 generation 1\n"
      "  | rolling: restart 1->1, slot 0\n"
      "  |   slot 0 wants 1 anew: 1 g1 serving 100%; 2 g1 starting until 4s\n"
      "0s RestartRequested 0\n"
      "  Refuse (a restart of slot 0 is under way)\n";
  EXPECT_EQ(Retell(story).text, story);
  EXPECT_EQ(Retell("# A restart.\n\nfleet workers=1\n  nonsense\n0s RestartRequested 0\n"
                   "0s RestartRequested 0\n")
                .text,
            story);
}

TEST(StoryTest, WhatCannotBeRightIsAMistake) {
  EXPECT_THAT(
      Retell("fleet walkers=1\n"
             "0s RollRequested\n"
             "0s RollRequested 2\n"
             "3s WorkerExploded 2\n"
             "\n"
             "5s TimePassed\n"
             "1s TimePassed\n")
          .mistakes,
      ElementsAre("line 1: there is no walkers=1", "line 2: cannot be read: 0s RollRequested",
                  "line 4: cannot be read: 3s WorkerExploded 2",
                  "line 6: jumps over the deadline at 4s", "line 7: goes back in time"));
  EXPECT_THAT(Retell("0s TimePassed\n").mistakes,
              ElementsAre("line 1: cannot be read: 0s TimePassed"));
}

}  // namespace
}  // namespace rollport::rollout
