#include "steering/compile.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "steering/probe_address.h"
#include "tests/steering/packets.h"
#include "tests/support/bpf_interpreter.h"

namespace rollport::steering {
namespace {

constexpr uint64_t kRandomRange = uint64_t{1} << 32;

using Weights = std::vector<uint32_t>;

uint64_t CountOf(const std::vector<BpfShare>& shares, uint32_t index) {
  const auto found = std::ranges::find(shares, index, &BpfShare::value);
  return found == shares.end() ? 0 : found->count;
}

Packet Probe(Family family, size_t index, unsigned turn = 0) {
  return family == Family::kIpv4 ? Ipv4Packet(ProbeHost(index))
                                 : Ipv6Packet(ProbePort(index, turn));
}

class CompileTest : public testing::TestWithParam<Family> {
 protected:
  Program Compiled(const Weights& weights) const { return Compile(GetParam(), weights); }
  std::vector<BpfShare> Shares(const Program& program) const {
    return CountShares(program, Ordinary(GetParam()));
  }
  void ExpectExact(const Weights& weights) const {
    const Program program = Compiled(weights);
    ASSERT_LE(program.size(), static_cast<size_t>(BPF_MAXINSNS));
    const auto shares = Shares(program);
    const uint64_t total = std::accumulate(weights.begin(), weights.end(), uint64_t{0});
    uint64_t all = 0;
    for (uint32_t i = 0; i < weights.size(); ++i) {
      const uint64_t count = CountOf(shares, i);
      all += count;
      const auto exact = static_cast<unsigned __int128>(weights[i]) * kRandomRange;
      const auto low = static_cast<uint64_t>(exact / total);
      EXPECT_GE(count, low) << "index " << i;
      EXPECT_LE(count, low + 1) << "index " << i;
      EXPECT_TRUE(weights[i] > 0 || count == 0) << "dark index " << i;
    }
    EXPECT_EQ(all, kRandomRange);  // and nothing else is ever returned
  }
};

TEST_P(CompileTest, SharesAreExactAndTheDarkGetNothing) {
  std::mt19937 random(20'230'611);
  for (const size_t members : {1, 2, 3, 4, 7, 16, 64, 255, 257, 600, 1000, 1024}) {
    for (int round = 0; round < 4; ++round) {
      Weights weights(members);
      for (uint32_t& w : weights) w = random() % 3 == 0 ? 0 : 1 + random() % 10'000;
      weights[random() % members] = 1;
      ExpectExact(weights);
    }
    ExpectExact(Weights(members, 1));
  }
}

TEST_P(CompileTest, ATinyWeightStaysAboveZero) {
  for (const Weights& weights :
       {Weights{1, 0xffffffff, 1}, Weights{0xffffffff, 0xffffffff, 0xffffffff, 1},
        Weights{1, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0, 1, 1}}) {
    const auto shares = Shares(Compiled(weights));
    for (uint32_t i = 0; i < weights.size(); ++i) {
      EXPECT_EQ(CountOf(shares, i) > 0, weights[i] > 0) << i;
    }
  }
}

TEST_P(CompileTest, EveryProbeReachesItsIndexWithoutADraw) {
  Weights weights(kMaxMembers, 0);
  weights[5] = 1;
  weights[6] = 3;
  for (const Program& program : {Compiled(weights), CompileAddressOnly(GetParam(), kMaxMembers)}) {
    for (uint32_t index = 0; index < kMaxMembers; ++index) {
      for (unsigned turn = 0; turn < kProbePortsPerIndex; ++turn) {
        const auto result = RunBpf(program, Probe(GetParam(), index, turn), 0);
        ASSERT_TRUE(result.has_value());
        EXPECT_EQ(result->value, index);
        EXPECT_FALSE(result->asked_random);
      }
    }
  }
}

TEST_P(CompileTest, AnIndexOutsideTheGroupIsNoProbe) {
  const Program program = Compiled({0, 0, 1, 0});
  for (const size_t index : {4, 5, 100, 1023}) {
    EXPECT_EQ(RunBpf(program, Probe(GetParam(), index), 0)->value, 2U);
  }
}

TEST_P(CompileTest, WithoutAnyWeightTheKernelsHashChooses) {
  const auto shares = Shares(Compiled({0, 0, 0}));
  ASSERT_EQ(shares.size(), 1U);
  EXPECT_EQ(shares[0].value, kByHash);
  EXPECT_EQ(Compiled({}).back().k, kByHash);
}

TEST_P(CompileTest, MembersOfOneWeightHaveEqualShares) {
  // A canary, a fleet with a dark member, and one in which a member leaves and the last is dark.
  for (const Weights& weights :
       {Weights{990'000, 990'000, 20'000, 990'000}, Weights{7, 7, 0, 7, 7, 7},
        Weights{1, 1, 0, 1, 0}, Weights{3, 3, 3, 5, 5}}) {
    ExpectExact(weights);
  }
}

TEST_P(CompileTest, ADecisionTakesFewSteps) {
  Weights all_different(1024);
  std::iota(all_different.begin(), all_different.end(), 1);
  for (const Weights& weights : {Weights(1024, 1), all_different}) {
    const Program program = Compiled(weights);
    std::mt19937 random(7);
    for (int i = 0; i < 1000; ++i) {
      EXPECT_LE(RunBpf(program, Ordinary(GetParam()), random())->steps, 18U);
    }
  }
}

// The kernel translates it anew each time that it is attached.
TEST_P(CompileTest, AProgramForMembersOfOneWeightIsShort) {
  Weights weights(1024, 1);
  weights[300] = weights[1023] = 0;
  EXPECT_LE(Compiled(weights).size(), 40U);
}

INSTANTIATE_TEST_SUITE_P(Families, CompileTest, testing::Values(Family::kIpv4, Family::kIpv6),
                         [](const auto& family) {
                           return family.param == Family::kIpv4 ? "Ipv4" : "Ipv6";
                         });

TEST(CompileIpv4Test, OnlyTheProbeNetworkIsAProbe) {
  const Program program = Compile(Family::kIpv4, Weights{0, 0, 0, 1});
  for (const auto& source : {std::array<uint8_t, 4>{127, 0, 0, 1},
                             {127, 84, 0, 1},
                             {127, 82, 0, 1},
                             {10, 83, 0, 1},
                             {83, 127, 0, 1},
                             {0, 0, 0, 1}}) {
    EXPECT_EQ(RunBpf(program, Ipv4Packet(source), 0)->value, 3U);
  }
  EXPECT_EQ(RunBpf(program, Ipv4Packet({127, 83, 0, 1}), 0)->value, 1U);
}

TEST(CompileIpv6Test, OnlyTheHostItselfProbes) {
  const Program program = Compile(Family::kIpv6, Weights{0, 0, 0, 1});
  EXPECT_EQ(RunBpf(program, Ipv6Packet(ProbePort(1, 0)), 0)->value, 1U);
  for (size_t byte = 0; byte < 16; ++byte) {
    EXPECT_EQ(RunBpf(program, Ipv6Packet(ProbePort(1, 0), byte), 0)->value, 3U) << byte;
  }
  EXPECT_EQ(RunBpf(program, Ipv6Packet(kFirstProbePort - 1), 0)->value, 3U);
  EXPECT_EQ(RunBpf(program, Ipv6Packet(kFirstProbePort + 16), 0)->value, 3U);
  Packet extension_header = Ipv6Packet(ProbePort(1, 0));
  extension_header[6] = 0;
  EXPECT_EQ(RunBpf(program, extension_header, 0)->value, 3U);
}

// Such as one that the kernel has given a port of the probes, because net.ipv4.ip_local_port_range
// reaches so far.
TEST(CompileIpv6Test, AClientWithoutTheFlowLabelIsNoProbe) {
  const Program program = Compile(Family::kIpv6, Weights{0, 0, 0, 1});
  EXPECT_EQ(RunBpf(program, Ipv6Packet(ProbePort(1, 0), 16, 0), 0)->value, 3U);
  for (int bit = 0; bit < 20; ++bit) {
    const Packet client = Ipv6Packet(ProbePort(1, 0), 16, kProbeFlowLabel ^ 1U << bit);
    EXPECT_EQ(RunBpf(program, client, 0)->value, 3U) << bit;
  }
  Packet with_traffic_class = Ipv6Packet(ProbePort(1, 0));
  with_traffic_class[0] |= 0x0f;
  with_traffic_class[1] |= 0xf0;
  EXPECT_EQ(RunBpf(program, with_traffic_class, 0)->value, 1U) << "a firewall may set it";
}

TEST(CompileIpv6Test, ProbePortsAreOutsideTheUsualEphemeralRange) {
  EXPECT_GT(ProbePort(0, 0), 60'999);
  EXPECT_EQ(ProbePort(kMaxMembers - 1, 3), 65'279);
  EXPECT_EQ(ProbePort(2, 5), ProbePort(2, 1));
  EXPECT_EQ(NextProbePort(ProbePort(2, 1)), ProbePort(2, 2));
  EXPECT_EQ(NextProbePort(ProbePort(2, 3)), ProbePort(2, 0));
}

TEST(ToTextTest, ShowsAProgram) {
  EXPECT_EQ(ToText(Compile(Family::kIpv4, Weights{1, 0, 3})),
            "   0: ld [net+12]\n"
            "   1: rsh #16\n"
            "   2: jeq #0x7f53, 3, 6\n"
            "   3: ldh [net+14]\n"
            "   4: jge #0x3, 6, 5\n"
            "   5: ret a\n"
            "   6: ld rand\n"
            "   7: jge #0x40000000, 9, 8\n"
            "   8: ret #0\n"
            "   9: ret #2\n");
  const std::string v6 = ToText(CompileAddressOnly(Family::kIpv6, 2));
  EXPECT_NE(v6.find("jeq x, "), v6.npos) << v6;
  EXPECT_NE(v6.find("and #0xfffff\n"), v6.npos) << v6;
  EXPECT_NE(v6.find("ret by hash\n"), v6.npos) << v6;
  const std::string equal = ToText(Compile(Family::kIpv4, Weights{0, 1, 1}));
  EXPECT_EQ(equal.substr(equal.find("   6:")),
            "   6: ld rand\n"
            "   7: mod #2\n"
            "   8: add #1\n"
            "   9: ret a\n");
  Weights different(1000);
  std::iota(different.begin(), different.end(), 1);
  const std::string large = ToText(Compile(Family::kIpv4, different));
  EXPECT_NE(large.find(": ja "), large.npos);
}

}  // namespace
}  // namespace rollport::steering
