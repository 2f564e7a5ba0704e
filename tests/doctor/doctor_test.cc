#include "doctor/doctor.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/reuseport.h"
#include "os/socket.h"
#include "tests/support/delayed_network.h"
#include "tests/support/refusal.h"

namespace rollport::doctor {
namespace {

using testing::HasSubstr;

const CheckUp& Named(const std::vector<CheckUp>& checks, const std::string& name) {
  const auto it = std::find_if(checks.begin(), checks.end(),
                               [&name](const CheckUp& check) { return check.name == name; });
  EXPECT_NE(it, checks.end()) << name;
  return *it;
}

// True if only the check `name` is bad when `refusal` is in force.
bool OnlyThisIsBad(const std::string& name, const Refusal& refusal) {
  const pid_t child = fork();
  if (child == 0) {
    if (!Refuse({refusal}).ok()) _exit(100);
    std::string bad;
    for (const CheckUp& check : Examine({})) {
      if (check.finding == Finding::kBad) bad += check.name + " ";
    }
    _exit(bad == name + " " ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0;
}

Refusal Option(int option) {
  return {SYS_setsockopt, EPERM, Refusal::Argument{2, static_cast<uint32_t>(option)}};
}

// Without this, EachRefusalIsFound... would be skipped if a check is wrong, as if the machine were.
TEST(DoctorTest, IfAProgramCanBeAttachedSteeringIsGood) {
  const os::UniqueFd listener = *os::Listen(*os::SocketAddress::Parse("127.0.0.1:0"), 1);
  const sock_filter first = BPF_STMT(BPF_RET | BPF_K, 0);
  const absl::Status attached = os::AttachProgram(listener.get(), {&first, 1});
  if (!attached.ok()) GTEST_SKIP() << attached;
  for (const char* name : {"group", "steering", "probes", "queues", "descriptors"}) {
    const CheckUp check = Named(Examine({}), name);
    EXPECT_EQ(check.finding, Finding::kGood) << name << ": " << check.means;
  }
}

TEST(DoctorTest, EachRefusalIsFoundAndNothingElseIsBlamed) {
  for (const CheckUp& check : Examine({})) {
    if (check.finding == Finding::kBad) GTEST_SKIP() << check.name << ": " << check.means;
  }
  EXPECT_TRUE(OnlyThisIsBad("steering", Option(SO_ATTACH_REUSEPORT_CBPF)));
  EXPECT_TRUE(OnlyThisIsBad("group", Option(SO_REUSEPORT)));
  EXPECT_TRUE(OnlyThisIsBad("descriptors", {SYS_pidfd_getfd, EPERM}));
  EXPECT_TRUE(OnlyThisIsBad("memory", {SYS_memfd_create, EACCES}));
}

TEST(DoctorTest, LeavesNoChildBehind) {
  Examine({});
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(DoctorTest, LowPortsAreBadOnlyIfTheFleetWantsOne) {
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && setuid(65534) != 0) _exit(77);
    const CheckUp low = Named(Examine({80, 8080}), "ports");
    const CheckUp high = Named(Examine({8080}), "ports");
    const CheckUp none = Named(Examine({}), "ports");
    const bool right = low.finding == Finding::kBad &&
                       low.means == "this user may not bind port 80" &&
                       low.advice.find("ip_unprivileged_port_start=80") != std::string::npos &&
                       high.finding == Finding::kGood && none.finding == Finding::kNote;
    _exit(right ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "may not become another user";
  EXPECT_EQ(status, 0);
}

TEST(DoctorTest, PortsOfProbesThatClientsGetAreReportedUnlessTheyAreReserved) {
  const auto network = DelayedNetwork::Create();
  if (!network.ok()) GTEST_SKIP() << network.status();
  const auto result = (*network)->Run(DelayedNetwork::Side::kServer, [] {
    const auto set = [](const char* name, const char* value) {
      std::ofstream("/proc/sys/net/ipv4/" + std::string(name)) << value;
    };
    set("ip_local_port_range", "32768 60999");
    EXPECT_EQ(Named(Examine({}), "ipv6").finding, Finding::kGood);
    set("ip_local_port_range", "1024 65535");
    EXPECT_EQ(Named(Examine({}), "ipv6").finding, Finding::kNote);
    EXPECT_THAT(Named(Examine({}), "ipv6").advice, HasSubstr("61184-65279"));
    set("ip_local_reserved_ports", "61184-65279");
    EXPECT_EQ(Named(Examine({}), "ipv6").finding, Finding::kGood);
    return testing::Test::HasFailure() ? 1 : 0;
  });
  EXPECT_EQ(*result, 0) << "see above";
}

TEST(DoctorTest, AKernelIsKnownByWhatItsDistributionWrites) {
  EXPECT_EQ(ExamineKernel("6.18.44-x", "#1 SMP", "", false).means, "Linux 6.18.44 is new enough");
  EXPECT_EQ(ExamineKernel("6.1.0-28-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)",
                          "", false)
                .means,
            "Linux 6.1.119 is new enough");
  EXPECT_EQ(ExamineKernel("5.15.0-91-generic", "#101-Ubuntu SMP",
                          "Ubuntu 5.15.0-91.101-generic 5.15.131\n", false)
                .means,
            "Linux 5.15.131 is new enough");
  EXPECT_EQ(ExamineKernel("rolling", "", "", false).finding, Finding::kNote);
}

TEST(DoctorTest, AKernelWithoutPidfdGetfdIsTooOld) {
  EXPECT_EQ(ExamineKernel("5.5.19", "", "", false).finding, Finding::kBad);
  EXPECT_EQ(ExamineKernel("4.19.300", "", "", false).finding, Finding::kBad);
  EXPECT_EQ(ExamineKernel("5.6.0", "", "", false).finding, Finding::kGood);
}

TEST(DoctorTest, MigratedConnectionsThatDoNotWakeAreReportedOnlyIfTheyHappen) {
  for (const char* bad :
       {"6.18.26", "6.17.9", "6.12.85", "6.6.139", "6.1.174", "5.15.208", "5.14.1"}) {
    const CheckUp check = ExamineKernel(bad, "", "", true);
    EXPECT_EQ(check.finding, Finding::kNote) << bad;
    EXPECT_THAT(check.means, HasSubstr("CVE-2026-46015"));
    EXPECT_EQ(ExamineKernel(bad, "", "", false).finding, Finding::kGood) << bad;
  }
  for (const char* good : {"6.18.27", "6.12.86", "6.6.140", "6.1.175", "5.15.209", "7.0.0"}) {
    EXPECT_EQ(ExamineKernel(good, "", "", true).finding, Finding::kGood) << good;
  }
}

}  // namespace
}  // namespace rollport::doctor
