// The order of a real group against GroupOrder.

#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "steering/compile.h"
#include "steering/group_order.h"
#include "tests/steering/live/live_group.h"

namespace rollport::steering {
namespace {

class GroupOrderLiveTest : public testing::TestWithParam<Family> {
 protected:
  // One change, of a kind and to a member drawn at random.
  void Change() {
    const std::vector<Member> members = group_.members();
    if (members.size() < 2 || (members.size() < 9 && random_() % 2 == 0)) {
      order_.Join(group_.Join());
      return;
    }
    const Member victim = members[random_() % members.size()];
    random_() % 2 == 0 ? group_.Close(victim) : group_.ShutDown(victim);
    order_.Leave(victim);
  }

  // Every index, by an addressed probe, also dark ones.
  void ExpectTheKernelAgrees() {
    std::vector<uint32_t> weights(order_.size(), 0);
    weights[0] = 1;
    ASSERT_TRUE(group_.Attach(Compile(GetParam(), weights)).ok());
    for (size_t i = 0; i < order_.size(); ++i) EXPECT_EQ(group_.Probe(i), order_.At(i)) << i;
  }

  LiveGroup group_{GetParam()};
  GroupOrder order_;
  std::mt19937 random_{20'260'101};
};

TEST_P(GroupOrderLiveTest, EqualsTheKernelsThroughManyRandomChanges) {
  for (int round = 0; round < 200; ++round) {
    for (unsigned n = 1 + random_() % 4; n > 0; --n) Change();
    ExpectTheKernelAgrees();
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

TEST_P(GroupOrderLiveTest, IsProvenAgainAfterTwoLossesAtOnce) {
  for (int i = 0; i < 7; ++i) order_.Join(group_.Join());
  group_.Close(*order_.At(1));
  group_.ShutDown(*order_.At(3));
  order_.Observe(group_.Listening());
  EXPECT_FALSE(order_.certain());
  ASSERT_TRUE(group_.Attach(CompileAddressOnly(GetParam(), order_.size())).ok());
  while (!order_.certain()) {
    const size_t index = order_.IndexesInDoubt().front();
    EXPECT_TRUE(order_.Prove(index, group_.Probe(index)));
  }
  ExpectTheKernelAgrees();
}

INSTANTIATE_TEST_SUITE_P(Families, GroupOrderLiveTest, testing::ValuesIn(LiveFamilies()),
                         FamilyName);

}  // namespace
}  // namespace rollport::steering
