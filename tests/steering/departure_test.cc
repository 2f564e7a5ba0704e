#include "steering/departure.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::steering {
namespace {

using testing::ElementsAre;

using Weights = std::vector<uint32_t>;

TEST(DepartureTest, TheLastMemberHasNoShareWhileAnotherOneLeavesBesideADarkOne) {
  // 0 leaves, 1 is dark and stays.
  EXPECT_THAT(WeightsWhileLeaving(Weights{0, 0, 1, 1}, 1), ElementsAre(0, 0, 1, 0));
}

TEST(DepartureTest, AsManyLoseTheirShareAsMayLeave) {
  EXPECT_THAT(WeightsWhileLeaving(Weights{0, 0, 0, 3, 3, 3}, 2), ElementsAre(0, 0, 0, 3, 0, 0));
}

TEST(DepartureTest, IfEveryOtherOneHasAShareTheHashMayChoose) {
  EXPECT_THAT(WeightsWhileLeaving(Weights{0, 1, 1, 2}, 1), ElementsAre(0, 1, 1, 2));
}

TEST(DepartureTest, TheOnlyOneWithAShareKeepsIt) {
  EXPECT_THAT(WeightsWhileLeaving(Weights{0, 0, 1}, 1), ElementsAre(0, 0, 1));
}

TEST(DepartureTest, IsExposedIfADarkOneStaysAndTheLastOneHasAShare) {
  EXPECT_TRUE(IsExposed(Weights{0, 0, 1}, 1));
  EXPECT_FALSE(IsExposed(Weights{0, 1}, 1)) << "the hash has nobody else to choose";
  EXPECT_FALSE(IsExposed(Weights{0, 0, 1, 0}, 1)) << "a dark one moves";
  EXPECT_FALSE(IsExposed(Weights{0, 0, 1}, 0));
  EXPECT_TRUE(IsExposed(Weights{0, 1}, 0, 1)) << "the first one may leave, and come again";
  EXPECT_TRUE(IsExposed(Weights{0, 0, 1}, 1, 1)) << "the second one may stay";
}

TEST(DepartureTest, WithoutOneThatLeavesNothingChanges) {
  EXPECT_THAT(WeightsWhileLeaving(Weights{0, 1, 1}, 0), ElementsAre(0, 1, 1));
}

// Against the kernel's rule, for random groups: as long as some share can be kept, every connection
// comes to a member that has one, whichever member leaves first, and before the program is swapped.
TEST(DepartureTest, NoIndexFallsToTheHashAndNoneIsTakenByADarkMember) {
  std::mt19937 random{20'261'128};
  int kept = 0;
  for (int round = 0; round < 20'000; ++round) {
    const size_t size = 2 + random() % 7;
    Weights weights(size);
    for (uint32_t& weight : weights) weight = random() % 2;
    std::vector<size_t> members(size);  // by index: the index that each had at first
    for (size_t i = 0; i < size; ++i) members[i] = i;
    std::vector<size_t> leavers = members;
    std::erase_if(leavers, [&](size_t i) { return weights[i] > 0; });
    if (leavers.empty()) continue;
    std::shuffle(leavers.begin(), leavers.end(), random);
    leavers.resize(1 + random() % leavers.size());
    const Weights program = WeightsWhileLeaving(weights, leavers.size());
    if (!StaysTrue(program, leavers)) continue;
    ++kept;
    for (const size_t leaver : leavers) {
      *std::ranges::find(members, leaver) = members.back();
      members.pop_back();
      for (size_t i = 0; i < program.size(); ++i) {
        if (program[i] == 0) continue;
        ASSERT_LT(i, members.size());
        ASSERT_GT(weights[members[i]], 0U);
      }
    }
  }
  EXPECT_GT(kept, 5'000);
}

TEST(DepartureTest, SaysWhetherTheProgramWasTrueAllTheTime) {
  const std::vector<size_t> first = {0};
  EXPECT_TRUE(StaysTrue(Weights{0, 1, 0}, first));
  EXPECT_FALSE(StaysTrue(Weights{0, 1, 1}, first)) << "the last one's index was the hash's";
  EXPECT_FALSE(StaysTrue(Weights{1, 1, 0}, first)) << "a dark one took its index";
  const std::vector<size_t> two = {0, 3};
  EXPECT_TRUE(StaysTrue(Weights{0, 1, 0, 0}, two));
  EXPECT_FALSE(StaysTrue(Weights{0, 0, 1, 0}, two));
}

}  // namespace
}  // namespace rollport::steering
