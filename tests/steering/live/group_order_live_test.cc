// The order of a real group against GroupOrder.

#include <random>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "steering/compile.h"
#include "steering/group_order.h"
#include "tests/steering/live/live_group.h"
#include "tests/support/delayed_network.h"

namespace rollport::steering {
namespace {

// A group under random changes, and what is believed of it.
class Drifting {
 public:
  explicit Drifting(LiveGroup group) : group_(std::move(group)) {}

  LiveGroup& group() { return group_; }
  GroupOrder& order() { return order_; }

  void Join() { order_.Join(group_.Join()); }

  // One change, of a kind and to a member drawn at random.
  void Change() {
    const std::vector<Member> members = group_.members();
    if (members.size() < 2 || (members.size() < 9 && random_() % 2 == 0)) return Join();
    const Member victim = members[random_() % members.size()];
    random_() % 2 == 0 ? group_.Close(victim) : group_.ShutDown(victim);
    order_.Leave(victim);
  }

  // Compares every index, dark ones too, by an addressed probe.
  void ExpectTheKernelAgrees() {
    std::vector<uint32_t> weights(order_.size(), 0);
    weights[0] = 1;
    ASSERT_TRUE(group_.Attach(Compile(group_.family(), weights)).ok());
    for (size_t i = 0; i < order_.size(); ++i) EXPECT_EQ(group_.Probe(i), order_.At(i)) << i;
  }

  void ChangeAndCompare(int rounds) {
    for (int round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
      for (unsigned n = 1 + random_() % 4; n > 0; --n) Change();
      ExpectTheKernelAgrees();
    }
  }

 private:
  LiveGroup group_;
  GroupOrder order_;
  std::mt19937 random_{20'260'101};
};

class GroupOrderLiveTest : public testing::TestWithParam<Family> {};

TEST_P(GroupOrderLiveTest, EqualsTheKernelsThroughManyRandomChanges) {
  Drifting(LiveGroup(GetParam())).ChangeAndCompare(200);
}

// With request migration, a listener that leaves stays in the kernel's array for a while, behind
// the others.
TEST_P(GroupOrderLiveTest, EqualsTheKernelsAlsoWithRequestMigration) {
  const auto network = DelayedNetwork::Create();
  if (!network.ok()) GTEST_SKIP() << network.status().message();
  const auto result = (*network)->Run(DelayedNetwork::Side::kServer, [] {
    if (!SetMigrateRequests()) return 2;
    Drifting(LiveGroup(GetParam())).ChangeAndCompare(200);
    return HasFailure() ? 1 : 0;
  });
  if (*result == 2) GTEST_SKIP() << "may not set net.ipv4.tcp_migrate_req here";
  EXPECT_EQ(*result, 0) << "see above";
}

TEST_P(GroupOrderLiveTest, IsProvenAgainAfterTwoLossesAtOnce) {
  Drifting drifting{LiveGroup(GetParam())};
  LiveGroup& group = drifting.group();
  GroupOrder& order = drifting.order();
  for (int i = 0; i < 7; ++i) drifting.Join();
  group.Close(*order.At(1));
  group.ShutDown(*order.At(3));
  order.Observe(group.Listening());
  EXPECT_FALSE(order.certain());
  ASSERT_TRUE(group.Attach(CompileAddressOnly(GetParam(), order.size())).ok());
  while (!order.certain()) {
    const size_t index = order.IndexesInDoubt().front();
    EXPECT_TRUE(order.Prove(index, group.Probe(index)));
  }
  drifting.ExpectTheKernelAgrees();
}

INSTANTIATE_TEST_SUITE_P(Families, GroupOrderLiveTest, testing::ValuesIn(LiveFamilies()),
                         FamilyName);

}  // namespace
}  // namespace rollport::steering
