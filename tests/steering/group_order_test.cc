#include "steering/group_order.h"

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::steering {
namespace {

using testing::ElementsAre;
using testing::Optional;

// The kernel's rule, and nothing else.
struct Twin {
  std::vector<Member> members;

  void Join(Member m) { members.push_back(m); }
  void Leave(Member m) {
    *std::ranges::find(members, m) = members.back();
    members.pop_back();
  }
  // One random change; a newcomer gets the next number.
  void Change(std::mt19937& random) {
    if (members.empty() || (members.size() < 8 && random() % 2 == 0)) {
      Join(next++);
    } else {
      Leave(members[random() % members.size()]);
    }
  }
  Member next = 100;
};

// Everything that is believed is true.
void ExpectTrue(const GroupOrder& order, const Twin& twin) {
  ASSERT_EQ(order.size(), twin.members.size());
  for (size_t i = 0; i < twin.members.size(); ++i) {
    EXPECT_TRUE(order.contains(twin.members[i]));
    EXPECT_EQ(order.At(i).value_or(twin.members[i]), twin.members[i]);
  }
  EXPECT_EQ(order.certain(), order.IndexesInDoubt().empty());
  EXPECT_NE(order.IndexesInDoubt().size(), 1U);
}

// Probes the indexes in doubt until none is left.
void ProveAll(GroupOrder* order, const Twin& twin) {
  while (!order->certain()) {
    const size_t index = order->IndexesInDoubt().front();
    ASSERT_TRUE(order->Prove(index, twin.members[index]));
    ExpectTrue(*order, twin);
  }
}

GroupOrder Of(std::vector<Member> members) {
  GroupOrder order;
  for (const Member m : members) order.Join(m);
  return order;
}

// A worker has the listeners 2n and 2n+1. A probe shows only which worker has accepted it.
Member WorkerOf(Member m) { return m / 2; }

void ExpectTrueByWorker(const GroupOrder& order, const Twin& twin) {
  ASSERT_EQ(order.size(), twin.members.size());
  for (size_t i = 0; i < twin.members.size(); ++i) {
    ASSERT_EQ(WorkerOf(order.At(i).value_or(twin.members[i])), WorkerOf(twin.members[i]));
  }
}

void ProveAllByWorker(GroupOrder* order, const Twin& twin) {
  while (!order->certain()) {
    const size_t index = order->IndexesInDoubt().front();
    std::set<Member> alike;
    std::optional<Member> in_doubt;
    for (const Member m : twin.members) {
      if (WorkerOf(m) != WorkerOf(twin.members[index])) continue;
      alike.insert(m);
      if (!order->IndexOf(m).has_value()) in_doubt = m;
    }
    ASSERT_TRUE(in_doubt.has_value());
    ASSERT_TRUE(order->Prove(index, *in_doubt, alike));
    ExpectTrueByWorker(*order, twin);
  }
}

// Workers with two listeners come and go as the kernel lets them, one listener after the other.
TEST(GroupOrderTest, ListenersThatNobodyCanTellApartAreNeverTakenForAnotherWorkers) {
  std::mt19937 random{20'261'128};
  int certain = 0;
  for (int round = 0; round < 2'000; ++round) {
    Twin twin;
    GroupOrder order;
    for (int change = 0; change < 30; ++change) {
      twin.Change(random);
      if (random() % 3 == 0) twin.Change(random);  // both are seen at once
      order.Observe(twin.members);
      ExpectTrueByWorker(order, twin);
      if (random() % 2 == 0) ProveAllByWorker(&order, twin);
      if (HasFatalFailure()) return;
      certain += order.certain() ? 1 : 0;
    }
  }
  EXPECT_GT(certain, 20'000);
}

TEST(GroupOrderTest, TheLastMovesIntoTheGap) {
  GroupOrder order = Of({1, 2, 3, 4});
  order.Leave(2);
  EXPECT_EQ(order, Of({1, 4, 3}));
  order.Leave(3);
  EXPECT_EQ(order, Of({1, 4}));
  order.Join(5);
  EXPECT_THAT(order.IndexOf(5), Optional(2U));
  EXPECT_EQ(order.IndexOf(2), std::nullopt);
}

TEST(GroupOrderTest, WithEveryChangeToldItEqualsTheKernelsRule) {
  std::mt19937 random(1);
  Twin twin;
  GroupOrder order;
  for (int i = 0; i < 5000; ++i) {
    const Twin before = twin;
    twin.Change(random);
    if (twin.members.size() > before.members.size()) {
      order.Join(twin.members.back());
    } else {
      for (const Member m : before.members) {
        if (std::ranges::count(twin.members, m) == 0) order.Leave(m);
      }
    }
    ASSERT_TRUE(order.certain());
    ExpectTrue(order, twin);
  }
}

TEST(GroupOrderTest, WithChangesMissedWhatItBelievesIsTrue) {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    Twin twin;
    GroupOrder order;
    for (int i = 0; i < 12; ++i) {
      for (unsigned changes = random() % 4; changes > 0; --changes) twin.Change(random);
      std::vector<Member> seen = twin.members;
      std::ranges::shuffle(seen, random);
      order.Observe(seen);
      ExpectTrue(order, twin);
      if (random() % 3 == 0) ProveAll(&order, twin);
      ASSERT_FALSE(testing::Test::HasFailure());
    }
  }
}

TEST(GroupOrderTest, OneVisibleChangeLeavesNoDoubtWhateverCameAndWentUnseen) {
  std::mt19937 random(3);
  int singles = 0;
  for (int round = 0; round < 200'000; ++round) {
    Twin twin;
    for (unsigned n = 1 + random() % 5; n > 0; --n) twin.Join(twin.next++);
    GroupOrder order = Of(twin.members);
    std::vector<Member> before = twin.members;
    for (unsigned n = 1 + random() % 6; n > 0; --n) twin.Change(random);
    std::vector<Member> after = twin.members, difference;
    std::ranges::sort(before);
    std::ranges::sort(after);
    std::ranges::set_symmetric_difference(before, after, std::back_inserter(difference));
    if (difference.size() > 1) continue;
    ++singles;
    order.Observe(after);
    ASSERT_TRUE(order.certain());
    ExpectTrue(order, twin);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
  EXPECT_GT(singles, 10'000);
}

TEST(GroupOrderTest, TwoLossesAtOncePutOnlyTheMovableInDoubt) {
  GroupOrder order = Of({1, 2, 3, 4, 5, 6});
  order.Observe(std::vector<Member>{1, 3, 5, 6});  // 5 and 6 have moved to 1 and 3, or to 3 and 1
  EXPECT_FALSE(order.certain());
  EXPECT_THAT(order.IndexOf(1), Optional(0U));
  EXPECT_THAT(order.IndexOf(3), Optional(2U));
  EXPECT_EQ(order.IndexOf(5), std::nullopt);
  EXPECT_THAT(order.IndexesInDoubt(), ElementsAre(1, 3));
  EXPECT_TRUE(order.Prove(3, 5));
  EXPECT_EQ(order, Of({1, 6, 3, 5}));
}

TEST(GroupOrderTest, ALossAndAGainAtOnceAreInDoubt) {
  GroupOrder order = Of({1, 2, 3});
  order.Observe(std::vector<Member>{2, 3, 4});
  EXPECT_THAT(order.IndexesInDoubt(), ElementsAre(0, 2));
}

TEST(GroupOrderTest, AChangeToldWhileInDoubtKeepsWhatIsKnown) {
  GroupOrder order = GroupOrder::InDoubt(std::vector<Member>{1, 2, 3});
  order.Join(4);
  EXPECT_THAT(order.IndexOf(4), Optional(3U));
  order.Leave(2);  // 4 is now where 2 was, wherever that is
  EXPECT_THAT(order.IndexesInDoubt(), ElementsAre(0, 1, 2));
  EXPECT_TRUE(order.Prove(1, 4));
  EXPECT_TRUE(order.Prove(0, 3));
  EXPECT_EQ(order, Of({3, 4, 1}));
}

TEST(GroupOrderTest, AGroupOfOneIsNeverInDoubt) {
  EXPECT_TRUE(GroupOrder::InDoubt(std::vector<Member>{7}).certain());
  EXPECT_TRUE(GroupOrder().certain());
}

TEST(GroupOrderTest, AContradictionPutsAllElseInDoubt) {
  GroupOrder order = Of({1, 2, 3});
  EXPECT_TRUE(order.Prove(1, 2));
  EXPECT_FALSE(order.Prove(1, 3));
  EXPECT_THAT(order.IndexesInDoubt(), ElementsAre(0, 2));
  EXPECT_THAT(order.IndexOf(3), Optional(1U));
  order = Of({1, 2, 3});
  EXPECT_FALSE(order.Prove(0, 99));
  EXPECT_FALSE(order.certain());
  EXPECT_EQ(order.size(), 3U);
  order = Of({1, 2, 3});
  EXPECT_FALSE(order.Prove(9, 1));
  EXPECT_EQ(order.IndexesInDoubt().size(), 3U);
}

TEST(GroupOrderTest, WeightsFollowTheMembers) {
  GroupOrder order = Of({10, 20, 30});
  EXPECT_THAT(order.WeightsByIndex({{30, 5}, {10, 1}}), Optional(ElementsAre(1, 0, 5)));
  EXPECT_EQ(order.WeightsByIndex({{40, 5}}), std::nullopt);
  EXPECT_THAT(order.WeightsByIndex({{40, 0}}), Optional(ElementsAre(0, 0, 0)));
  order.Observe(std::vector<Member>{10, 40, 50});
  EXPECT_THAT(order.WeightsByIndex({{10, 1}}), Optional(ElementsAre(1, 0, 0)));
  EXPECT_EQ(order.WeightsByIndex({{40, 1}}), std::nullopt);
}

}  // namespace
}  // namespace rollport::steering
