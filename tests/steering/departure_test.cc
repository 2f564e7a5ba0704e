#include "steering/departure.h"

#include <algorithm>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::steering {
namespace {

using testing::ElementsAre;

using Weights = std::vector<uint32_t>;

// One letter for each member: 's' stays, 'l' may leave, '?' is in doubt.
Outlook Of(std::string_view members, size_t may_leave_in_doubt = 0) {
  Outlook outlook = {.members = {}, .may_leave_in_doubt = may_leave_in_doubt};
  for (const char member : members) {
    outlook.members.push_back(member == 's'   ? Stay::kStays
                              : member == 'l' ? Stay::kMayLeave
                                              : Stay::kInDoubt);
  }
  return outlook;
}

TEST(DepartureTest, TheLastMemberHasNoShareWhileOneBeforeItLeaves) {
  EXPECT_THAT(SteadyWeights(Weights{0, 0, 1, 1}, Of("lsss")), ElementsAre(0, 0, 1, 0));
}

TEST(DepartureTest, AsManyLoseTheirShareAsMayLeave) {
  EXPECT_THAT(SteadyWeights(Weights{0, 0, 0, 3, 3, 3}, Of("llssss")),
              ElementsAre(0, 0, 0, 3, 0, 0));
}

TEST(DepartureTest, ADarkOneBehindMovesInPlaceOfOneWithAShare) {
  EXPECT_THAT(SteadyWeights(Weights{0, 1, 1, 0}, Of("lsss")), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(SteadyWeights(Weights{0, 1, 1, 0}, Of("lssl")), ElementsAre(0, 1, 0, 0))
      << "it may leave itself";
}

TEST(DepartureTest, NobodyMovesForOneThatStandsBehind) {
  EXPECT_THAT(SteadyWeights(Weights{1, 1, 0, 0}, Of("ssll")), ElementsAre(1, 1, 0, 0));
}

TEST(DepartureTest, WithoutOneThatLeavesNothingChanges) {
  EXPECT_THAT(SteadyWeights(Weights{0, 1, 1}, Of("sss")), ElementsAre(0, 1, 1));
}

TEST(DepartureTest, IfNobodyCanKeepItsIndexNobodyIsLeft) {
  EXPECT_TRUE(NobodyHasAShare(SteadyWeights(Weights{0, 0, 1}, Of("lss"))));
  EXPECT_EQ(MissingBehind(Weights{0, 0, 1}, Of("lss")), 1U);
  EXPECT_EQ(MissingBehind(Weights{0, 0, 1}, Of("lls")), 2U);
  EXPECT_EQ(MissingBehind(Weights{0, 0, 1, 0}, Of("llss")), 1U);
  EXPECT_EQ(MissingBehind(Weights{0, 0, 1, 0, 0}, Of("llsss")), 0U);
  EXPECT_EQ(MissingBehind(Weights{0, 0}, Of("ll")), 0U);
}

TEST(DepartureTest, WhatIsInDoubtIsTakenForTheWorst) {
  EXPECT_THAT(SteadyWeights(Weights{0, 1, 1, 0}, Of("?ss?", 0)), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(SteadyWeights(Weights{0, 1, 1, 0}, Of("?ss?", 1)), ElementsAre(0, 1, 0, 0))
      << "it may be at either index";
  EXPECT_THAT(SteadyWeights(Weights{1, 1, 0, 0}, Of("ss??", 1)), ElementsAre(1, 1, 0, 0));
  EXPECT_THAT(SteadyWeights(Weights{0, 1, 0, 0}, Of("ls??", 1)), ElementsAre(0, 1, 0, 0))
      << "one of the two stays";
  EXPECT_EQ(MissingBehind(Weights{0, 1, 0, 0}, Of("ls??", 2)), 1U);
}

TEST(DepartureTest, IfEveryOtherOneHasAShareTheHashMayChoose) {
  EXPECT_TRUE(OnlyOneIsDark(Weights{0, 1, 1, 2}, Of("lsss")));
  EXPECT_FALSE(OnlyOneIsDark(Weights{0, 0, 1, 1}, Of("lsss"))) << "another one is dark";
  EXPECT_FALSE(OnlyOneIsDark(Weights{0, 0, 1, 1}, Of("llss"))) << "one of the two leaves later";
  EXPECT_FALSE(OnlyOneIsDark(Weights{0, 1, 1, 1}, Of("?sss", 1)));
}

// Members are known by numbers; the first ones by their first index.
struct Group {
  std::vector<int> members;  // by index
  std::vector<int> leavers;

  void Leave(int member) {
    *std::ranges::find(members, member) = members.back();
    members.pop_back();
    std::erase(leavers, member);
  }
};

struct Case {
  Group group;
  Weights weights;
  Outlook outlook;
};

// A group of 2 to 9, of which a third may leave; each other one has the weight that `weight`
// returns.
Case RandomCase(std::mt19937& random, const std::function<uint32_t()>& weight) {
  const int size = 2 + static_cast<int>(random() % 8);
  Case result;
  for (int i = 0; i < size; ++i) {
    const bool leaves = random() % 3 == 0;
    result.group.members.push_back(i);
    if (leaves) result.group.leavers.push_back(i);
    result.weights.push_back(leaves ? 0 : weight());
    result.outlook.members.push_back(leaves ? Stay::kMayLeave : Stay::kStays);
  }
  return result;
}

// For random groups and random events, by the kernel's rule: those that may leave do, in any order,
// and strangers come and go unseen all the time. No member with a weight moves.
TEST(DepartureTest, WhoHasAShareKeepsItsIndexWhoeverLeavesOrComes) {
  std::mt19937 random{20'261'128};
  int kept = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto [group, weights, outlook] = RandomCase(random, [&] { return random() % 3; });
    const int size = static_cast<int>(weights.size());
    const Weights program = SteadyWeights(weights, outlook);
    kept += program == weights && !group.leavers.empty() ? 1 : 0;
    for (int event = 0, next = size; event < 30; ++event) {
      if (random() % 2 == 0) {
        group.members.push_back(next);
        group.leavers.push_back(next++);
      } else if (!group.leavers.empty()) {
        group.Leave(group.leavers[random() % group.leavers.size()]);
      }
      for (size_t i = 0; i < program.size(); ++i) {
        if (program[i] == 0) continue;
        ASSERT_LT(i, group.members.size());
        ASSERT_EQ(group.members[i], static_cast<int>(i));
      }
    }
  }
  EXPECT_GT(kept, 2'000);
}

// And no more of them than need be lose their share: if the last one of these kept it, there is an
// order of departures in which it would move.
TEST(DepartureTest, NobodyGivesUpAShareInVain) {
  std::mt19937 random{20'261'129};
  for (int round = 0; round < 20'000; ++round) {
    const auto [group, weights, outlook] = RandomCase(random, [] { return 1; });
    const int size = static_cast<int>(weights.size());
    const Weights program = SteadyWeights(weights, outlook);
    for (int i = 0; i < size; ++i) {
      if (program[static_cast<size_t>(i)] == weights[static_cast<size_t>(i)]) continue;
      Group worst = group;
      // First those behind it, then those before it.
      for (const bool behind : {true, false}) {
        for (const int leaver : group.leavers) {
          if ((leaver > i) == behind) worst.Leave(leaver);
        }
      }
      const auto place = std::ranges::find(worst.members, i) - worst.members.begin();
      ASSERT_NE(place, i);
    }
  }
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
