#include "controller/process/notify_place.h"

#include <sys/stat.h>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

const os::Credentials kStranger = {.uid = 65533, .gid = 65533};

class NotifyPlaceTest : public testing::Test {
 protected:
  NotifyPlaceTest() {
    mkdir(folder_.c_str(), 0700);
    chmod(dir_.path().c_str(), 0755);
  }
  mode_t Mode() const {
    struct stat st;
    EXPECT_EQ(stat(folder_.c_str(), &st), 0);
    return st.st_mode & 07777;
  }
  TempDir dir_;
  const std::string folder_ = dir_ / "run";
};

TEST_F(NotifyPlaceTest, WorkersOfOurOwnUserReachTheFolderAsItIs) {
  EXPECT_EQ(NotifyPath(folder_, "site", std::nullopt), folder_ + "/notify.sock");
  EXPECT_EQ(Mode(), 0700U);
}

TEST_F(NotifyPlaceTest, AnotherUserIsLetThroughTheFolderAndCannotListIt) {
  EXPECT_FALSE(MaySearch(folder_, kStranger));
  EXPECT_EQ(NotifyPath(folder_, "site", kStranger), folder_ + "/notify.sock");
  EXPECT_EQ(Mode(), 0701U);
  EXPECT_TRUE(MaySearch(folder_, kStranger));
}

TEST_F(NotifyPlaceTest, AFolderThatIsReachedAlreadyKeepsItsMode) {
  chmod(folder_.c_str(), 0711);
  EXPECT_EQ(NotifyPath(folder_, "site", kStranger), folder_ + "/notify.sock");
  EXPECT_EQ(Mode(), 0711U);
}

TEST_F(NotifyPlaceTest, BelowAFolderThatKeepsTheUserOutTheNameIsAbstract) {
  chmod(dir_.path().c_str(), 0700);
  EXPECT_TRUE(absl::StartsWith(NotifyPath(folder_, "site", kStranger), "@rollport/site/"));
}

TEST_F(NotifyPlaceTest, AUserGoesByTheBitsOfItsOwnClass) {
  chmod(folder_.c_str(), 0601);
  struct stat st;
  ASSERT_EQ(stat(folder_.c_str(), &st), 0);
  EXPECT_FALSE(MaySearch(folder_, {.uid = st.st_uid, .gid = 65533})) << "the owner's";
  EXPECT_FALSE(MaySearch(folder_, {.uid = 65533, .gid = st.st_gid})) << "the group's";
  EXPECT_FALSE(MaySearch(folder_, {.uid = 65533, .gid = 65533, .groups = {st.st_gid}}));
  EXPECT_TRUE(MaySearch(folder_, kStranger));
}

}  // namespace
}  // namespace rollport::controller
