#include "fleet_file/file_identity.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rollport::fleet_file {
namespace {

class FileIdentityTest : public testing::Test {
 protected:
  void Write(const std::string& path) { std::ofstream(path) << "x"; }

  TempDir dir_;
  const std::string ours_ = dir_ / "fleet.toml";
};

TEST_F(FileIdentityTest, AFileThatWasReplacedAtItsPathIsTheSame) {
  Write(ours_);
  const FileIdentity known = IdentityOf(ours_);
  Write(dir_ / "new");
  std::filesystem::rename(dir_ / "new", ours_);
  ASSERT_NE(IdentityOf(ours_), known);
  EXPECT_TRUE(MeansSameFile(known, IdentityOf(ours_)));
}

TEST_F(FileIdentityTest, AnotherNameOfTheFileIsTheSameAlsoAfterItWasReplaced) {
  Write(ours_);
  const FileIdentity known = IdentityOf(ours_);
  const std::string link = dir_ / "link.toml";
  std::filesystem::create_symlink(ours_, link);
  EXPECT_TRUE(MeansSameFile(known, IdentityOf(link)));
  Write(dir_ / "new");
  std::filesystem::rename(dir_ / "new", ours_);
  EXPECT_TRUE(MeansSameFile(known, IdentityOf(link)));
}

TEST_F(FileIdentityTest, AFolderThatWasMovedTakesItsFleetAlong) {
  Write(ours_);
  const FileIdentity known = IdentityOf(ours_);
  const std::string moved = dir_ / "moved.toml";
  std::filesystem::rename(ours_, moved);
  EXPECT_TRUE(MeansSameFile(known, IdentityOf(moved)));
  // A new fleet in the former place is the one that the controller would read next.
  Write(ours_);
  EXPECT_FALSE(MeansSameFile(known, IdentityOf(moved)));
}

TEST_F(FileIdentityTest, AnotherFileIsAnother) {
  Write(ours_);
  Write(dir_ / "other.toml");
  EXPECT_FALSE(MeansSameFile(IdentityOf(ours_), IdentityOf(dir_ / "other.toml")));
  // Nor are two files that are both gone.
  EXPECT_FALSE(MeansSameFile(IdentityOf(dir_ / "gone"), IdentityOf(dir_ / "gone too")));
}

}  // namespace
}  // namespace rollport::fleet_file
