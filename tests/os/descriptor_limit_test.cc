#include "os/descriptor_limit.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "gtest/gtest.h"
#include "os/child.h"

namespace rollport::os {
namespace {

// What `in_child` returns, run in a process of its own with these limits.
std::string WithLimits(rlim_t soft, rlim_t hard, const std::function<std::string()>& in_child) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    const rlimit limit{.rlim_cur = soft, .rlim_max = hard};
    const std::string said =
        setrlimit(RLIMIT_NOFILE, &limit) == 0 ? in_child() : "setrlimit failed";
    _exit(write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string said;
  char buffer[1024];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    said.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
  return said;
}

// How `sh -c SCRIPT` ends, or why it could not be launched.
std::string Launch(const std::string& script) {
  auto child = Child::Launch({.path = "/bin/sh", .argv = {"sh", "-c", script}});
  return child.ok() ? child->Wait()->ToString() : std::string(child.status().message());
}

TEST(DescriptorLimitTest, TheSoftLimitIsRaisedAndALaunchedProcessHasTheFormerOne) {
  EXPECT_EQ(WithLimits(64, 500,
                       [] {
                         RaiseDescriptorLimit();
                         RaiseDescriptorLimit();
                         return std::to_string(DescriptorLimit()) + ", " +
                                Launch("test $(ulimit -Sn) = 64 && test $(ulimit -Hn) = 500");
                       }),
            "500, exited with status 0");
}

TEST(DescriptorLimitTest, ALimitThatIsTooLowIsNamedWithWhatIsNeeded) {
  for (const rlim_t limit : {40U, 80U, 101U}) {
    EXPECT_EQ(WithLimits(limit, limit,
                         [] {
                           RaiseDescriptorLimit();
                           return Launch("true");
                         }),
              "RLIMIT_NOFILE is " + std::to_string(limit) +
                  ", and to start a process takes 103: raise it (ulimit -n, LimitNOFILE= of "
                  "systemd)");
  }
  EXPECT_EQ(WithLimits(103, 103, [] { return Launch("true"); }), "exited with status 0");
}

TEST(DescriptorLimitTest, TooManyDescriptorsNameTheLimit) {
  EXPECT_EQ(WithLimits(20, 20,
                       [] {
                         while (dup(0) >= 0) {
                         }
                         return Launch("true");
                       }),
            "pipe2 for /bin/sh: Too many open files (RLIMIT_NOFILE is 20)");
}

}  // namespace
}  // namespace rollport::os
