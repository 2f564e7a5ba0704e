#include "os/journal.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>

#include "gtest/gtest.h"
#include "os/unique_fd.h"

namespace rollport::os {
namespace {

class JournalTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    one_.Reset(ends[0]);
    other_.Reset(ends[1]);
  }
  void TearDown() override { unsetenv("JOURNAL_STREAM"); }
  static void Announce(const UniqueFd& fd) {
    struct stat file;
    ASSERT_EQ(fstat(fd.get(), &file), 0);
    const std::string text = std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
    setenv("JOURNAL_STREAM", text.c_str(), 1);
  }

  UniqueFd one_, other_;
};

TEST_F(JournalTest, ItIsTheStreamThatTheVariableNames) {
  Announce(one_);
  EXPECT_TRUE(LeadsToJournal(one_.get()));
  EXPECT_FALSE(LeadsToJournal(other_.get())) << "redirected";
}

TEST_F(JournalTest, WithoutTheVariableThereIsNone) {
  EXPECT_FALSE(LeadsToJournal(one_.get()));
  for (const char* bad : {"", "1", "x:y"}) {
    setenv("JOURNAL_STREAM", bad, 1);
    EXPECT_FALSE(LeadsToJournal(one_.get())) << bad;
  }
}

}  // namespace
}  // namespace rollport::os
