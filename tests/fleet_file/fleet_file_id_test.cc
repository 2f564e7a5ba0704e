#include "fleet_file/fleet_file_id.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rollport::fleet_file {
namespace {

class FleetFileIdTest : public testing::Test {
 protected:
  void Write(const std::string& path) { std::ofstream(path) << "x"; }

  TempDir dir_;
  const std::string ours_ = dir_ / "fleet.toml";
};

TEST_F(FleetFileIdTest, AFileThatWasReplacedAtItsPathIsTheSame) {
  Write(ours_);
  const FleetFileId known = FleetFileIdOf(ours_);
  Write(dir_ / "new");
  std::filesystem::rename(dir_ / "new", ours_);
  ASSERT_NE(FleetFileIdOf(ours_), known);
  EXPECT_TRUE(MeansSameFile(known, FleetFileIdOf(ours_)));
}

TEST_F(FleetFileIdTest, AnotherNameOfTheFileIsTheSameAlsoAfterItWasReplaced) {
  Write(ours_);
  const FleetFileId known = FleetFileIdOf(ours_);
  const std::string link = dir_ / "link.toml";
  std::filesystem::create_symlink(ours_, link);
  EXPECT_TRUE(MeansSameFile(known, FleetFileIdOf(link)));
  Write(dir_ / "new");
  std::filesystem::rename(dir_ / "new", ours_);
  EXPECT_TRUE(MeansSameFile(known, FleetFileIdOf(link)));
}

TEST_F(FleetFileIdTest, AFolderThatWasMovedTakesItsFleetAlong) {
  Write(ours_);
  const FleetFileId known = FleetFileIdOf(ours_);
  const std::string moved = dir_ / "moved.toml";
  std::filesystem::rename(ours_, moved);
  EXPECT_TRUE(MeansSameFile(known, FleetFileIdOf(moved)));
  // A new fleet in the former place is the one that the controller would read next.
  Write(ours_);
  EXPECT_FALSE(MeansSameFile(known, FleetFileIdOf(moved)));
}

TEST_F(FleetFileIdTest, AnotherFileIsAnother) {
  Write(ours_);
  Write(dir_ / "other.toml");
  EXPECT_FALSE(MeansSameFile(FleetFileIdOf(ours_), FleetFileIdOf(dir_ / "other.toml")));
  // Nor are two files that are both gone.
  EXPECT_FALSE(MeansSameFile(FleetFileIdOf(dir_ / "gone"), FleetFileIdOf(dir_ / "gone too")));
}

}  // namespace
}  // namespace rollport::fleet_file
