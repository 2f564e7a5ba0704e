// Compiled programs on real sockets.

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <functional>
#include <map>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/reuseport.h"
#include "os/socket.h"
#include "steering/compile.h"
#include "tests/steering/live/live_group.h"
#include "tests/support/delayed_network.h"

namespace rollport::steering {
namespace {

using testing::ElementsAre;
using testing::Pair;

// Runs `f` in a child process. True if `f` returned true.
bool InChild(const std::function<bool()>& f) {
  const pid_t pid = fork();
  if (pid == 0) _exit(f() ? 0 : 1);
  int status = 0;
  return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class SteeringLiveTest : public testing::TestWithParam<Family> {
 protected:
  Program Compiled(std::vector<uint32_t> weights) const { return Compile(GetParam(), weights); }
  LiveGroup group_{GetParam()};
};

TEST_P(SteeringLiveTest, ADarkNewcomerGetsNothing) {
  const Member first = group_.Join();
  ASSERT_TRUE(group_.Attach(Compiled({1})).ok());
  const Member newcomer = group_.Join();
  EXPECT_THAT(group_.ReachMany(10'000), ElementsAre(Pair(first, 10'000)));
  EXPECT_EQ(group_.Probe(0), first);
  // The program was compiled for one member: it takes a probe to the second one for an ordinary
  // connection.
  EXPECT_EQ(group_.Probe(1), first);
  ASSERT_TRUE(group_.Attach(Compiled({1, 0})).ok());
  EXPECT_EQ(group_.Probe(1), newcomer);
  EXPECT_THAT(group_.ReachMany(1000), ElementsAre(Pair(first, 1000)));
}

// Each count is a binomial draw; six standard deviations are exceeded once in 500 million times.
TEST_P(SteeringLiveTest, SharesHold) {
  const std::vector<uint32_t> weights = {1, 0, 2, 5, 12};
  std::vector<Member> members;
  for (size_t i = 0; i < weights.size(); ++i) members.push_back(group_.Join());
  ASSERT_TRUE(group_.Attach(Compiled(weights)).ok());
  constexpr int kTimes = 10'000;
  std::map<Member, int> reached = group_.ReachMany(kTimes);
  for (size_t i = 0; i < weights.size(); ++i) {
    const double p = weights[i] / 20.0;
    EXPECT_NEAR(reached[members[i]], p * kTimes, 6 * std::sqrt(kTimes * p * (1 - p))) << i;
  }
}

TEST_P(SteeringLiveTest, ProbesReachExactlyOneWhateverTheShares) {
  std::vector<Member> members;
  for (int i = 0; i < 300; ++i) members.push_back(group_.Join());
  for (const Program& program :
       {Compiled(std::vector<uint32_t>(300, 1)), CompileAddressOnly(GetParam(), 300)}) {
    ASSERT_TRUE(group_.Attach(program).ok());
    for (const size_t i : {0, 1, 2, 3, 7, 255, 256, 257, 299}) {
      for (int turn = 0; turn < 5; ++turn) EXPECT_EQ(group_.Probe(i), members[i]) << i;
    }
  }
}

TEST_P(SteeringLiveTest, AnIndexBeyondTheGroupFallsToTheHash) {
  for (int i = 0; i < 3; ++i) group_.Join();
  // Compiled for a larger group than this one, as after a loss.
  ASSERT_TRUE(group_.Attach(Compiled({0, 0, 0, 1})).ok());
  EXPECT_GT(group_.ReachMany(200).size(), 1U);
}

TEST_P(SteeringLiveTest, TheProgramOutlivesTheProcessThatAttachedIt) {
  const Member first = group_.Join();
  ASSERT_TRUE(InChild([&] {
    const auto listener = os::Listen(group_.address(), 16);
    return listener.ok() && os::AttachProgram(listener->get(), Compiled({1, 0})).ok();
  }));
  group_.Join();
  group_.Join();
  EXPECT_THAT(group_.ReachMany(300), ElementsAre(Pair(first, 300)));
  ASSERT_TRUE(group_.Detach().ok());
  EXPECT_GT(group_.ReachMany(300).size(), 1U);
}

TEST_P(SteeringLiveTest, NeedsNoPrivilege) {
  EXPECT_TRUE(InChild([&] {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 &&
        (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 ||
         setresuid(kNobody, kNobody, kNobody) != 0)) {
      return false;
    }
    LiveGroup group(GetParam());
    const Member a = group.Join(), b = group.Join();
    return group.Attach(Compiled({0, 1})).ok() && group.Reach() == b && group.Probe(0) == a &&
           group.Listening().size() == 2 && group.Detach().ok();
  }));
}

TEST_P(SteeringLiveTest, TheKernelTakesALargeProgram) {
  group_.Join();
  EXPECT_TRUE(group_.Attach(Compiled(std::vector<uint32_t>(kMaxMembers, 1))).ok());
}

// net.ipv4.ip_local_port_range may reach into the ports of the probes.
TEST(SteeringIpv6LiveTest, AnOrdinaryClientWithAPortOfTheProbesGoesByShares) {
  if (LiveFamilies().size() < 2) GTEST_SKIP() << "no IPv6 here";
  LiveGroup group(Family::kIpv6);
  const Member serving = group.Join(), dark = group.Join();
  ASSERT_TRUE(group.Attach(Compile(Family::kIpv6, std::vector<uint32_t>{1, 0})).ok());
  EXPECT_EQ(group.Probe(1), dark);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(group.ReachFromProbePort(1), serving);
}

// This is how the controller probes a fleet that listens on all addresses: on one of the host's own
// that is not the loopback address.
TEST_P(SteeringLiveTest, ProbesReachTheRealAddressToo) {
  const auto network = DelayedNetwork::Create();
  if (!network.ok()) GTEST_SKIP() << network.status().message();
  const auto result = (*network)->Run(DelayedNetwork::Side::kServer, [] {
    const int family = GetParam() == Family::kIpv4 ? AF_INET : AF_INET6;
    const auto address = DelayedNetwork::Address(DelayedNetwork::Side::kServer, family, 0);
    const auto wildcard =
        *os::SocketAddress::Parse(GetParam() == Family::kIpv4 ? "0.0.0.0:0" : "[::]:0");
    for (const auto& bound : {address, wildcard}) {
      LiveGroup group(bound, address);
      const std::vector<Member> members = {group.Join(), group.Join(), group.Join()};
      EXPECT_TRUE(group.Attach(Compile(GetParam(), std::vector<uint32_t>{0, 1, 0})).ok());
      for (size_t i = 0; i < members.size(); ++i) EXPECT_EQ(group.Probe(i), members[i]) << i;
      EXPECT_EQ(group.Reach(), members[1]);
    }
    return HasFailure() ? 1 : 0;
  });
  EXPECT_EQ(*result, 0) << "see above";
}

INSTANTIATE_TEST_SUITE_P(Families, SteeringLiveTest, testing::ValuesIn(LiveFamilies()), FamilyName);

}  // namespace
}  // namespace rollport::steering
