#include "controller/process/releases.h"

#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fleet_file/fleet_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReleasesTest : public testing::Test {
 protected:
  // The fleet file with these lines before and after `[worker]`.
  fleet_file::FleetSettings Write(const std::string& top = "", const std::string& worker = "",
                                  const std::string& rest = "") {
    std::ofstream(file_) << "name = \"site\"\nlisten = [\"127.0.0.1:8080\"]\nadmin = \"\"\n"
                         << "state_dir = \"" << dir_ / "state"
                         << "\"\n"
                         << top << "\n[worker]\ncommand = [\"/bin/true\"]\n"
                         << worker << "\n"
                         << rest << "\n";
    auto settings = fleet_file::LoadFleetFile(file_);
    EXPECT_TRUE(settings.ok()) << settings.status();
    return *settings;
  }
  // A fleet with `count` generations, of which the whole fleet has run all but the last.
  Releases WithGenerations(int count) {
    const fleet_file::FleetSettings settings = Write("", "", "[roll]\nkeep_generations = 3");
    Releases releases = *Releases::TakeFirst(settings);
    for (int i = 1; i < count; ++i) {
      releases.NoteServed(releases.last());
      releases.Keep(*releases.TakeNext(settings, {"/bin/true"}), settings);
    }
    return releases;
  }
  static std::vector<int64_t> Kept(const Releases& releases) {
    std::vector<int64_t> numbers;
    for (const auto& [id, release] : releases.kept()) numbers.push_back(id.value());
    return numbers;
  }

  TempDir dir_;
  const std::string file_ = dir_ / "fleet.toml";
};

TEST_F(ReleasesTest, AGenerationThatIsTakenIsKeptOnlyWhenThatIsAskedFor) {
  Releases releases = *Releases::TakeFirst(Write());
  EXPECT_THAT(Kept(releases), ElementsAre(1));
  EXPECT_EQ(releases.at(GenerationId(1)).listen[0].ToString(), "127.0.0.1:8080");
  fleet_file::FleetSettings fresh = Write("workers = 3");
  Release next = *releases.TakeNext(fresh, {"/bin/false"});
  EXPECT_EQ(next.generation.id(), GenerationId(2));
  EXPECT_EQ(next.workers, 3);
  EXPECT_THAT(Kept(releases), ElementsAre(1)) << "the roll may be refused yet";
  releases.Keep(std::move(next), std::move(fresh));
  EXPECT_THAT(Kept(releases), ElementsAre(1, 2));
  EXPECT_EQ(releases.last(), GenerationId(2));
  EXPECT_EQ(releases.settings().workers, 3);
}

TEST_F(ReleasesTest, AnExecutableThatIsNotThereTakesNothing) {
  const Releases releases = *Releases::TakeFirst(Write());
  const auto next = releases.TakeNext(releases.settings(), {"/no/such/file"});
  EXPECT_EQ(next.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(next.status().message(), HasSubstr("/no/such/file"));
  EXPECT_EQ(releases.last(), GenerationId(1));
}

TEST_F(ReleasesTest, KeysThatARunningFleetCannotChangeAreNamed) {
  const Releases releases = *Releases::TakeFirst(Write());
  const int workers = releases.settings().workers;
  const auto refused = [&] { return std::string(releases.Reread().status().message()); };
  Write("workers = 7");
  EXPECT_EQ(releases.Reread()->workers, 7);
  Write("", "user = \"nobody\"");
  EXPECT_THAT(refused(), HasSubstr(": user has changed; that takes effect when"));
  std::ofstream(file_) << "name = \"other\"\nlisten = [\"127.0.0.1:8080\"]\nadmin = \"\"\n"
                       << "state_dir = \"" << dir_ / "state"
                       << "\"\n[worker]\ncommand = [\"/bin/true\"]\n";
  EXPECT_THAT(refused(), HasSubstr(": name has changed; "));
  std::ofstream(file_) << "nonsense";
  EXPECT_THAT(refused(), HasSubstr(file_));
  EXPECT_EQ(releases.settings().workers, workers) << "the fleet goes on as it was";
}

TEST_F(ReleasesTest, UndoGoesBackToTheLastGenerationThatTheWholeFleetHasRun) {
  Releases releases = WithGenerations(3);
  EXPECT_EQ(*releases.UndoTarget(std::nullopt, GenerationId(3)), GenerationId(2));
  EXPECT_EQ(*releases.UndoTarget(std::nullopt, GenerationId(2)), GenerationId(1));
  EXPECT_EQ(*releases.UndoTarget(1, GenerationId(3)), GenerationId(1));
  EXPECT_EQ(*releases.UndoTarget(3, GenerationId(1)), GenerationId(3)) << "also forward, if named";
  EXPECT_EQ(releases.UndoTarget(std::nullopt, GenerationId(1)).status(),
            absl::FailedPreconditionError("there is no generation before 1 to go back to"));
  EXPECT_EQ(releases.UndoTarget(9, GenerationId(3)).status(),
            absl::FailedPreconditionError("generation 9 is not kept; kept are 1, 2, 3"));
}

TEST_F(ReleasesTest, UndoPassesOverAGenerationThatFailed) {
  Releases releases = WithGenerations(3);
  const fleet_file::FleetSettings settings = releases.settings();
  releases.Keep(*releases.TakeNext(settings, {"/bin/true"}), settings);
  // 3 was never run by the whole fleet.
  EXPECT_EQ(*releases.UndoTarget(std::nullopt, GenerationId(4)), GenerationId(2));
}

TEST_F(ReleasesTest, OldGenerationsAreForgottenButNotTheOnesInUse) {
  Releases releases = WithGenerations(6);
  releases.ForgetOld({GenerationId(2), GenerationId(6)});
  EXPECT_THAT(Kept(releases), ElementsAre(2, 4, 5, 6)) << "the whole fleet has not run 6 yet";
  releases.NoteServed(GenerationId(6));
  releases.ForgetOld({GenerationId(6)});
  EXPECT_THAT(Kept(releases), ElementsAre(4, 5, 6));
  EXPECT_EQ(releases.last(), GenerationId(6));
}

TEST_F(ReleasesTest, RollsThatFailTakeNoGenerationAwayFromUndo) {
  Releases releases = WithGenerations(3);
  releases.NoteServed(GenerationId(3));
  const fleet_file::FleetSettings settings = releases.settings();
  for (int failed = 4; failed < 14; ++failed) {
    releases.Keep(*releases.TakeNext(settings, {"/bin/true"}), settings);
    releases.ForgetOld({GenerationId(3)});
    EXPECT_THAT(Kept(releases), ElementsAre(1, 2, 3, failed)) << "the last one can be looked at";
  }
  EXPECT_EQ(*releases.UndoTarget(std::nullopt, GenerationId(3)), GenerationId(2));
  // Not while it is used, as by a canary that a person is still looking at.
  releases.Keep(*releases.TakeNext(settings, {"/bin/true"}), settings);
  releases.ForgetOld({GenerationId(3), GenerationId(13)});
  EXPECT_THAT(Kept(releases), ElementsAre(1, 2, 3, 13, 14));
}

}  // namespace
}  // namespace rollport::controller
