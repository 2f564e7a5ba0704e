#include "os/open_as.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rollport::os {
namespace {

constexpr uid_t kAnyUser = 65534;
constexpr gid_t kGroup = 41'234;

class OpenAsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, who can be another user";
    ASSERT_EQ(chmod(dir_.path().c_str(), 0777), 0);
    ASSERT_EQ(setgroups(1, &kGroup), 0);
  }
  void TearDown() override {
    if (geteuid() != 0) return;
    EXPECT_THAT(OurCredentials().groups, testing::ElementsAre(kGroup)) << "not as before";
    EXPECT_EQ(setgroups(before_.size(), before_.data()), 0);
  }
  static absl::StatusOr<UniqueFd> Open(const std::string& path, std::vector<gid_t> groups) {
    return OpenAs({.uid = kAnyUser, .gid = kAnyUser, .groups = std::move(groups)}, path,
                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  }

  const std::vector<gid_t> before_ = OurCredentials().groups;
  const TempDir dir_;
};

TEST_F(OpenAsTest, AGroupOfThisProcessAloneGivesNoRight) {
  const std::string path = dir_ / "log";
  { const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0660)); }
  ASSERT_EQ(chmod(path.c_str(), 0660), 0);
  ASSERT_EQ(chown(path.c_str(), 0, kGroup), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(Open(path, {}).status()));
  EXPECT_TRUE(Open(path, {kGroup}).ok());
}

TEST_F(OpenAsTest, WhatItMakesBelongsToTheUser) {
  const auto file = Open(dir_ / "new", {});
  ASSERT_TRUE(file.ok()) << file.status();
  struct stat st;
  ASSERT_EQ(fstat(file->get(), &st), 0);
  EXPECT_EQ(st.st_uid, kAnyUser);
  EXPECT_EQ(st.st_gid, kAnyUser);
}

}  // namespace
}  // namespace rollport::os
