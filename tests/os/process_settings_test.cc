#include "os/process_settings.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/capabilities.h"
#include "os/child.h"
#include "os/socket.h"
#include "tests/support/temp_dir.h"

namespace rollport::os {
namespace {

using testing::HasSubstr;

constexpr uid_t kNobody = 65534;

// What a shell under these settings prints.
std::string Shell(const ProcessSettings& settings, const std::string& script,
                  std::function<absl::Status()> before_exec = nullptr) {
  const TempDir dir;
  // Passed as a descriptor: the shell may run as a user who could not open it.
  const UniqueFd out(open((dir / "out").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  auto child = Child::Launch({.path = "/bin/sh",
                              .argv = {"sh", "-c", script},
                              .directory = "/",
                              .stdout_fd = out.get(),
                              .settings = settings,
                              .before_exec = std::move(before_exec)});
  if (!child.ok()) return std::string(child.status().message());
  EXPECT_TRUE(child->Wait()->clean());
  std::ifstream file(dir / "out");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ProcessSettingsTest, LimitsAndUmaskAndCpusAreSet) {
  EXPECT_EQ(Shell({.umask = 0027,
                   .limits = {{RLIMIT_NOFILE, 64}, {RLIMIT_CORE, 0}, {RLIMIT_DATA, 64 << 20}}},
                  "umask; ulimit -n; ulimit -Hn; ulimit -c; ulimit -d"),
            "0027\n64\n64\n0\n65536\n");
  cpu_set_t ours;
  ASSERT_EQ(sched_getaffinity(0, sizeof ours, &ours), 0);
  int last = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) last = CPU_ISSET(cpu, &ours) ? cpu : last;
  EXPECT_EQ(Shell({.cpus = {last}}, "grep Cpus_allowed_list /proc/self/status"),
            "Cpus_allowed_list:\t" + std::to_string(last) + "\n");
}

TEST(ProcessSettingsTest, ASettingThatIsRefusedIsTheLaunchesError) {
  EXPECT_THAT(Shell({.cpus = {CPU_SETSIZE - 1}}, "true"), HasSubstr("sched_setaffinity"));
}

TEST(ProcessSettingsTest, AUserIsLookedUpByNameAndNumber) {
  const auto root = LookUpUser("root");
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(root->credentials.uid, 0U);
  EXPECT_EQ(root->home, "/root");
  EXPECT_EQ(LookUpUser("0")->name, "root");
  EXPECT_EQ(*LookUpGroup("root"), 0U);
  EXPECT_EQ(LookUpUser("no-such-user").status().message(),
            "there is no user \"no-such-user\" on this host");
  EXPECT_EQ(LookUpGroup("no-such-group").status().message(),
            "there is no group \"no-such-group\" on this host");
}

class AsRootTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  }
  ProcessSettings nobody_{.credentials = Credentials{kNobody, kNobody, {kNobody, 100}}};
};

TEST_F(AsRootTest, TheCredentialsAreTheUsersAndNoCapabilityIsLeft) {
  EXPECT_EQ(Shell(nobody_, "id -u; id -g; id -G; grep -E 'Cap(Prm|Eff|Amb)' /proc/self/status"),
            "65534\n65534\n65534 100\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
            "CapAmb:\t0000000000000000\n");
}

TEST_F(AsRootTest, AnAmbientCapabilityOutlivesTheExec) {
  nobody_.ambient = {CAP_NET_BIND_SERVICE};
  EXPECT_EQ(Shell(nobody_, "grep -E 'Cap(Prm|Eff|Amb)' /proc/self/status"),
            "CapPrm:\t0000000000000400\nCapEff:\t0000000000000400\nCapAmb:\t0000000000000400\n");
}

TEST_F(AsRootTest, TheHookStillHasOurRights) {
  const auto uid_of_hook = [] { return absl::InternalError(std::to_string(geteuid())); };
  EXPECT_EQ(Shell(nobody_, "true", uid_of_hook), "0");
}

// The kernel compares the owners of sockets that are to share a port: see FileSystemUser.
TEST_F(AsRootTest, ASocketMadeAsAnotherUserSharesItsPortWithThatUserOnly) {
  const auto any = *SocketAddress::Parse("127.0.0.1:0");
  UniqueFd first;
  {
    const FileSystemUser nobody(kNobody, kNobody);
    first = *Listen(any, 1);
  }
  const auto address = *LocalAddress(first.get());
  EXPECT_FALSE(Bind(address).ok());
  ASSERT_EQ(seteuid(kNobody), 0);
  const bool shared = Listen(address, 1).ok();
  ASSERT_EQ(seteuid(0), 0);
  EXPECT_TRUE(shared);
  const FileSystemUser nobody(kNobody, kNobody);
  EXPECT_TRUE(Bind(address).ok());
}

TEST(CapabilitiesTest, HaveTheirNumbers) {
  EXPECT_EQ(CapabilityNumber("CAP_CHOWN"), CAP_CHOWN);
  EXPECT_EQ(CapabilityNumber("CAP_NET_BIND_SERVICE"), CAP_NET_BIND_SERVICE);
  EXPECT_EQ(CapabilityNumber("CAP_CHECKPOINT_RESTORE"), CAP_CHECKPOINT_RESTORE);
  EXPECT_EQ(CapabilityNumber("CAP_NONSENSE"), std::nullopt);
}

}  // namespace
}  // namespace rollport::os
