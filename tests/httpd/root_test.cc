#include "httpd/root.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "tests/httpd/httpd_process.h"

namespace rollport::httpd {
namespace {

// Takes openat2(2) away from this process, as an older sandbox does. False if that fails.
bool RefuseOpenat2() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{.len = 4, .filter = program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

class RootOf : public testing::Test {
 protected:
  RootOf() {
    site_.Write("a/b.txt", "b");
    site_.Write("../secret.txt", "secret");
    site_.Link("../secret.txt", "out");
    site_.Link("a", "in");
    site_.Link(site_.path("a"), "absolute");
  }
  Site site_;
};

TEST_F(RootOf, FollowsLinksThatStayBelowIt) {
  const absl::StatusOr<Root> root = Root::Open(site_.root());
  ASSERT_TRUE(root.ok());
  if (root->confinement() == Confinement::kWalk) GTEST_SKIP() << "openat2 is refused here";
  EXPECT_EQ(root->OpenFile("a/b.txt").error, 0);
  EXPECT_EQ(root->OpenFile("in/b.txt").error, 0);
  EXPECT_EQ(root->OpenFile("out").error, EXDEV);
  EXPECT_EQ(root->OpenFile("absolute/b.txt").error, EXDEV);
  EXPECT_EQ(root->OpenFile("a/none").error, ENOENT);
}

// The number of the first expectation that fails, or 0.
int CheckTheWalk(const std::string& path) {
  const absl::StatusOr<Root> root = Root::Open(path);
  if (!root.ok() || root->confinement() != Confinement::kWalk) return 2;
  if (root->OpenFile("a/b.txt").error != 0) return 3;
  if (root->OpenFile("a").error != 0) return 4;
  if (root->OpenFile("out").error != ELOOP) return 5;
  if (root->OpenFile("in/b.txt").error != ENOTDIR) return 6;
  if (root->OpenFile("absolute/b.txt").error != ENOTDIR) return 7;
  if (root->OpenFile("a/none").error != ENOENT) return 8;
  return 0;
}

TEST_F(RootOf, FollowsNoLinkIfOpenat2IsRefused) {
  constexpr int kCannot = 1;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(RefuseOpenat2() ? CheckTheWalk(site_.root()) : kCannot);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kCannot) GTEST_SKIP() << "seccomp filters are not allowed here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Root, SaysWhatItCouldNotOpen) {
  EXPECT_EQ(Root::Open("/nothing/here").status().message(),
            "open folder /nothing/here: No such file or directory");
}

}  // namespace
}  // namespace rollport::httpd
