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

TEST(DepartureTest, OneOfSeveralThatLeaveIsDarkUntilItHasLeft) {
  EXPECT_THAT(WeightsWhileLeaving(Weights{0, 0, 1, 1, 1, 1}, 2), ElementsAre(0, 0, 1, 1, 0, 0));
}

TEST(DepartureTest, TheOnlyOneWithAShareKeepsIt) {
  EXPECT_THAT(WeightsWhileLeaving(Weights{0, 0, 1}, 1), ElementsAre(0, 0, 1));
}

TEST(DepartureTest, IsExposedIfADarkOneStaysAndTheLastOneHasAShare) {
  EXPECT_TRUE(IsExposed(Weights{0, 0, 1}, 1));
  EXPECT_FALSE(IsExposed(Weights{0, 1}, 1)) << "the hash has nobody else to choose";
  EXPECT_TRUE(IsExposed(Weights{0, 0, 1}, 2)) << "one of the two leaves later";
  EXPECT_FALSE(IsExposed(Weights{0, 0, 1, 0}, 1)) << "a dark one moves";
  EXPECT_FALSE(IsExposed(Weights{0, 0, 1}, 0));
  EXPECT_TRUE(IsExposed(Weights{0, 1}, 0, 1)) << "the first one may leave, and come again";
  EXPECT_TRUE(IsExposed(Weights{0, 0, 1}, 1, 1)) << "the second one may stay";
}

TEST(DepartureTest, WithoutOneThatLeavesNothingChanges) {
  EXPECT_THAT(WeightsWhileLeaving(Weights{0, 1, 1}, 0), ElementsAre(0, 1, 1));
}

// A member by the index that it had at first.
struct Departure {
  Weights weights;
  std::vector<size_t> leavers;  // in the order in which they leave
};

Departure Random(std::mt19937& random) {
  Departure result;
  const size_t size = 2 + random() % 7;
  for (size_t i = 0; i < size; ++i) {
    result.weights.push_back(random() % 2);
    if (result.weights.back() == 0) result.leavers.push_back(i);
  }
  std::shuffle(result.leavers.begin(), result.leavers.end(), random);
  if (!result.leavers.empty()) result.leavers.resize(1 + random() % result.leavers.size());
  return result;
}

// The members by index while one after another leaves by the kernel's rule, and the program is not
// swapped.
template <typename Check>
void Leave(const Departure& departure, Check check) {
  std::vector<size_t> members(departure.weights.size());
  for (size_t i = 0; i < members.size(); ++i) members[i] = i;
  for (const size_t leaver : departure.leavers) {
    *std::ranges::find(members, leaver) = members.back();
    members.pop_back();
    check(members);
  }
}

// For random groups: as long as some share can be kept, every connection comes to a member that has
// one, whichever member leaves first.
TEST(DepartureTest, NoIndexFallsToTheHashAndNoneIsTakenByADarkMember) {
  std::mt19937 random{20'261'128};
  int kept = 0;
  for (int round = 0; round < 20'000; ++round) {
    const Departure departure = Random(random);
    if (departure.leavers.empty()) continue;
    const Weights program = WeightsWhileLeaving(departure.weights, departure.leavers.size());
    if (!StaysTrue(program, departure.leavers)) continue;
    ++kept;
    Leave(departure, [&](const std::vector<size_t>& members) {
      for (size_t i = 0; i < program.size(); ++i) {
        if (program[i] == 0) continue;
        ASSERT_LT(i, members.size());
        ASSERT_GT(departure.weights[members[i]], 0U);
      }
    });
  }
  EXPECT_GT(kept, 5'000);
}

// For random groups: if the program is not exposed, the hash chooses only among members that have
// a share, and no dark member takes the index of one that has.
TEST(DepartureTest, WhatIsNotExposedReachesNoDarkMember) {
  std::mt19937 random{20'261'129};
  int by_hash = 0;
  for (int round = 0; round < 20'000; ++round) {
    const Departure departure = Random(random);
    if (departure.leavers.empty()) continue;
    const Weights program = WeightsWhileLeaving(departure.weights, departure.leavers.size());
    if (IsExposed(program, departure.leavers.size())) continue;
    Leave(departure, [&](const std::vector<size_t>& members) {
      const bool dark = std::ranges::any_of(
          members, [&](size_t member) { return departure.weights[member] == 0; });
      for (size_t i = 0; i < program.size(); ++i) {
        if (program[i] == 0) continue;
        if (i < members.size()) {
          ASSERT_GT(departure.weights[members[i]], 0U);
        } else {
          ++by_hash;
          ASSERT_FALSE(dark) << departure.leavers.size() << " leave";
        }
      }
    });
  }
  EXPECT_GT(by_hash, 500);
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
