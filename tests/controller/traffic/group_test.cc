// A real group whose members are processes of their own.
#include "controller/traffic/group.h"

#include <signal.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/descriptor_limit.h"
#include "os/socket.h"
#include "steering/program.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"
#include "tests/support/listen_elsewhere.h"
#include "tests/support/loopback.h"

namespace rollport::controller {
namespace {

class GroupTest : public testing::Test {
 protected:
  explicit GroupTest(int family = AF_INET) : address_(fleet_.NewAddress(family)) {}

  // Launches the next worker, which listens. The group has not seen it yet.
  uint64_t Join() {
    Puppet& puppet = fleet_.Launch();
    listeners_.push_back(puppet.Listen(address_));
    return listeners_.back();
  }
  uint64_t listener(WorkerId worker) const {
    return listeners_.at(static_cast<size_t>(worker.value()) - 1);
  }
  // One after the other, so that the order is never in doubt.
  void JoinAndRefresh(int workers) {
    while (workers-- > 0) {
      Join();
      Refresh();
    }
  }
  bool Refresh() {
    const absl::StatusOr<bool> changed = group_.Refresh();
    EXPECT_TRUE(changed.ok()) << changed.status();
    return changed.value_or(false);
  }
  // From now on the worker's process accepts by itself, as a proof of the order needs it.
  void Serve(WorkerId worker) { fleet_.puppet(worker).Serve(listener(worker)); }
  void Leave(WorkerId worker) { fleet_.puppet(worker).Close(listener(worker)); }
  uint32_t Queue(WorkerId worker) {
    Refresh();
    return group_.AcceptQueue(worker);
  }
  // A connection from the source that is the worker's comes to its queue.
  void ExpectReachedBySource(WorkerId worker) {
    const std::optional<os::SocketAddress> source = group_.ProbeSource(worker);
    ASSERT_TRUE(source.has_value()) << worker.value();
    const uint32_t before = Queue(worker);
    const os::UniqueFd client = fleet_.Connect(group_.ProbeServer(), source);
    EXPECT_EQ(Queue(worker), before + 1) << worker.value();
    fleet_.puppet(worker).Accept(listener(worker));
  }
  bool Certain() {
    return fleet_.RunUntil([this] { return group_.certain(); });
  }

  LiveFleet fleet_;
  const os::SocketAddress address_;
  std::vector<uint64_t> listeners_;  // of worker 1, 2, …
  Group group_{fleet_.loop(), fleet_.diag(), fleet_.workers(), address_};
};

TEST_F(GroupTest, GivesConnectionsToTheWorkersThatHaveAWeight) {
  JoinAndRefresh(3);
  group_.Steer({{kTwo, 1}, {kThree, 0}});
  EXPECT_TRUE(group_.steered());
  const auto clients = fleet_.Connect(address_, 20);
  EXPECT_EQ(Queue(kTwo), 20U);
  EXPECT_EQ(Queue(kOne) + Queue(kThree), 0U);
  group_.Steer({{kThree, 1}});
  const auto more = fleet_.Connect(address_, 20);
  EXPECT_EQ(Queue(kThree), 20U);
}

TEST_F(GroupTest, AWorkersListenersAreShutDownAlsoIfItIsStoppedOrHasMovedThem) {
  JoinAndRefresh(3);
  fleet_.puppet(kTwo).Move(listener(kTwo));
  kill(fleet_.puppet(kOne).pid(), SIGSTOP);
  group_.ShutDown(kOne);
  group_.ShutDown(kTwo);
  EXPECT_TRUE(Refresh());
  EXPECT_FALSE(group_.Has(kOne));
  EXPECT_FALSE(group_.Has(kTwo));
  EXPECT_TRUE(group_.Has(kThree));
  kill(fleet_.puppet(kOne).pid(), SIGCONT);
}

TEST_F(GroupTest, AWorkerThatComesIsDarkAndReachedByItsSourceOnly) {
  JoinAndRefresh(2);
  group_.Steer({{kOne, 1}});
  const int64_t lapses = group_.lapses();
  JoinAndRefresh(1);
  EXPECT_TRUE(group_.steered());
  EXPECT_EQ(group_.lapses(), lapses) << "the index is out of the old program's range";
  const auto clients = fleet_.Connect(address_, 20);
  EXPECT_EQ(Queue(kTwo) + Queue(kThree), 0U);
  ExpectReachedBySource(kTwo);
  ExpectReachedBySource(kThree);
}

TEST_F(GroupTest, TheLastMemberKeepsItsShareWhenItMovesIntoAHole) {
  JoinAndRefresh(3);
  group_.Steer({{kThree, 1}});
  const int64_t lapses = group_.lapses();
  Leave(kOne);
  EXPECT_TRUE(Refresh());
  EXPECT_TRUE(group_.certain());
  EXPECT_TRUE(group_.steered());
  EXPECT_GT(group_.lapses(), lapses) << "the hash served the index until the swap";
  const auto clients = fleet_.Connect(address_, 20);
  EXPECT_EQ(Queue(kThree), 20U);
}

// The stranger is a member that the hash may choose.
TEST_F(GroupTest, NothingFallsToTheHashWhenAWorkerLeavesThatWasExpectedTo) {
  JoinAndRefresh(3);
  const os::UniqueFd stranger = *os::Listen(address_, 64);
  Refresh();
  JoinAndRefresh(1);
  group_.Steer({{kTwo, 1}, {kThree, 1}, {kFour, 1}});
  const int64_t lapses = group_.lapses();
  group_.ExpectToLeave({kOne});
  EXPECT_TRUE(group_.steered());
  const auto before = fleet_.Connect(address_, 20);
  EXPECT_EQ(Queue(kFour), 0U) << "it will move into the hole";
  EXPECT_EQ(Queue(kTwo) + Queue(kThree), 20U);
  Leave(kOne);
  const auto between = fleet_.Connect(address_, 40);  // nobody has looked yet
  Refresh();
  EXPECT_EQ(group_.lapses(), lapses);
  EXPECT_EQ(Queue(kTwo) + Queue(kThree) + Queue(kFour), 60U);
  const auto after = fleet_.Connect(address_, 40);
  EXPECT_GT(Queue(kFour), 0U) << "it has its share again";
  EXPECT_EQ(Queue(kTwo) + Queue(kThree) + Queue(kFour), 100U);
}

TEST_F(GroupTest, WhileTheOrderIsInDoubtThoseWhoseIndexIsKnownServeBesideAStranger) {
  JoinAndRefresh(2);
  const os::UniqueFd stranger = *os::Listen(address_, 64);
  Refresh();
  JoinAndRefresh(2);
  group_.Steer({{kOne, 1}, {kTwo, 1}, {kThree, 1}, {kFour, 1}});
  Leave(kOne);
  Leave(kTwo);
  Refresh();
  EXPECT_FALSE(group_.certain());
  const auto clients = fleet_.Connect(address_, 40);
  EXPECT_EQ(Queue(kThree) + Queue(kFour), 40U);
  EXPECT_GT(Queue(kThree), 0U);
}

TEST_F(GroupTest, APlaceholderTakesTheHoleIfOnlyOneHasAShare) {
  JoinAndRefresh(1);
  const os::UniqueFd stranger = *os::Listen(address_, 64);
  Refresh();
  JoinAndRefresh(1);
  group_.Steer({{kTwo, 1}});
  const int64_t lapses = group_.lapses();
  group_.ExpectToLeave({kOne});
  EXPECT_GT(group_.members().size(), 3U);
  EXPECT_EQ(group_.Foreign(), 1) << "a placeholder is ours";
  EXPECT_TRUE(group_.steered());
  const auto before = fleet_.Connect(address_, 20);
  Leave(kOne);
  const auto between = fleet_.Connect(address_, 20);  // nobody has looked yet
  Refresh();
  const auto after = fleet_.Connect(address_, 20);
  EXPECT_EQ(Queue(kTwo), 60U);
  EXPECT_EQ(group_.lapses(), lapses);
  EXPECT_TRUE(group_.certain());
}

TEST_F(GroupTest, APlaceholderTakesThePlaceOfAStrangerThatLeavesUnasked) {
  JoinAndRefresh(1);
  os::UniqueFd stranger = *os::Listen(address_, 64);
  const os::UniqueFd another = *os::Listen(address_, 64);
  Refresh();
  JoinAndRefresh(1);
  group_.Steer({{kOne, 1}, {kTwo, 1}});
  stranger.Reset();
  const auto between = fleet_.Connect(address_, 40);  // nobody has looked yet
  Refresh();
  EXPECT_EQ(Queue(kOne) + Queue(kTwo), 40U);
  EXPECT_GT(Queue(kTwo), 0U);
}

TEST_F(GroupTest, ADarkWorkerIsReachedBySourceAlsoIfAStrangerBeforeItHasLeft) {
  JoinAndRefresh(1);
  os::UniqueFd stranger = *os::Listen(address_, 64);
  Refresh();
  JoinAndRefresh(1);
  group_.Steer({{kOne, 1}});
  const std::optional<os::SocketAddress> source = group_.ProbeSource(kTwo);
  stranger.Reset();
  const os::UniqueFd probe = fleet_.Connect(group_.ProbeServer(), source);  // nobody has looked yet
  EXPECT_EQ(Queue(kTwo), 1U);
}

TEST_F(GroupTest, PlaceholdersGoWithTheStrangers) {
  const auto listeners = [&] {
    return fleet_.diag().DumpListeners(AF_INET, address_.port())->size();
  };
  JoinAndRefresh(1);
  std::vector<os::UniqueFd> strangers;
  for (int i = 0; i < 3; ++i) strangers.push_back(*os::Listen(address_, 64));
  Refresh();
  JoinAndRefresh(2);
  group_.Steer({{kOne, 1}, {kTwo, 1}, {kThree, 1}});
  EXPECT_EQ(listeners(), 9U);
  while (!strangers.empty()) {
    strangers.pop_back();
    const auto clients = fleet_.Connect(address_, 20);  // nobody has looked yet
    EXPECT_EQ(Queue(kOne) + Queue(kTwo) + Queue(kThree), 20U * (3 - strangers.size()));
    EXPECT_LE(listeners(), 9U) << "none is added for one that left";
  }
  for (const WorkerId worker : {kOne, kTwo, kThree}) Serve(worker);
  // Those whose order nobody knew need a proof.
  ASSERT_TRUE(fleet_.RunUntil([&] {
    Refresh();
    return listeners() == 3U && group_.certain();
  }));
  EXPECT_TRUE(group_.steered());
}

// The last worker would move into the hole, and the stranger listen where it was.
TEST_F(GroupTest, OneThatComesAndGoesGetsNothingWhenAWorkerLeaves) {
  JoinAndRefresh(3);
  group_.Steer({{kTwo, 1}, {kThree, 1}});
  std::optional<os::UniqueFd> stranger = *os::Listen(address_, 64);
  Refresh();
  stranger.reset();
  Refresh();
  group_.ExpectToLeave({kOne});
  Leave(kOne);
  stranger = *os::Listen(address_, 64);
  const auto between = fleet_.Connect(address_, 40);  // nobody has looked yet
  Refresh();
  EXPECT_EQ(Queue(kTwo) + Queue(kThree), 40U);
}

TEST_F(GroupTest, APlaceholderGoesIfTheWorkerStays) {
  JoinAndRefresh(3);
  group_.Steer({{kThree, 1}});
  const auto listeners = [&] {
    return fleet_.diag().DumpListeners(AF_INET, address_.port())->size();
  };
  group_.ExpectToLeave({kOne});
  EXPECT_EQ(listeners(), 4U);
  group_.ExpectToLeave({});
  EXPECT_EQ(listeners(), 3U);
  EXPECT_FALSE(Refresh());
  const auto clients = fleet_.Connect(address_, 20);
  EXPECT_EQ(Queue(kThree), 20U);
}

TEST_F(GroupTest, NobodyGivesUpAShareForOneThatLeavesIfTheHashFindsServersOnly) {
  JoinAndRefresh(3);
  group_.Steer({{kTwo, 1}, {kThree, 1}});
  group_.ExpectToLeave({kOne});
  const auto clients = fleet_.Connect(address_, 40);
  EXPECT_GT(Queue(kThree), 0U);
}

TEST_F(GroupTest, ProvesTheOrderWhenTwoHaveLeftAtOnce) {
  JoinAndRefresh(5);
  group_.Steer({{kThree, 1}, {kFour, 1}, {kFive, 1}});
  Leave(kOne);
  Leave(kTwo);
  Refresh();
  EXPECT_FALSE(group_.certain());
  EXPECT_FALSE(group_.steered());
  EXPECT_FALSE(group_.ProbeSource(kFive).has_value());
  for (const WorkerId worker : {kThree, kFour, kFive}) Serve(worker);
  ASSERT_TRUE(Certain());
  EXPECT_TRUE(group_.steered());
  EXPECT_EQ(group_.trouble(), "");
}

// A probe of an index that has gone comes to anybody, by the kernel's hash.
TEST_F(GroupTest, AProofIsBelievedOnlyIfNobodyHasLeftUnseen) {
  JoinAndRefresh(1);
  os::UniqueFd stranger = *os::Listen(address_, 64);
  Refresh();
  JoinAndRefresh(3);
  group_.Steer({{kFour, 1}});
  group_.Doubt();
  stranger.Reset();
  for (const WorkerId worker : {kOne, kTwo, kThree, kFour}) Serve(worker);
  ASSERT_TRUE(Certain());
  EXPECT_EQ(group_.Foreign(), 0) << "it was looked for";
  EXPECT_TRUE(group_.steered());
}

TEST_F(GroupTest, AMemberThatLeavesWhileTheOrderIsInDoubtSpoilsNoProof) {
  JoinAndRefresh(4);
  group_.Steer({{kThree, 1}});
  group_.Doubt();
  // The probes are sent and wait in the queues; then the indexes change under them.
  ASSERT_TRUE(fleet_.RunUntil(
      [this] { return Queue(kTwo) + Queue(kThree) + Queue(kFour) + Queue(kOne) >= 3; }));
  Leave(kOne);
  Refresh();
  for (const WorkerId worker : {kTwo, kThree, kFour}) Serve(worker);
  ASSERT_TRUE(Certain());
  EXPECT_TRUE(group_.steered());
  // Index 0 is the last one's now. What was proven is what the kernel does.
  for (const WorkerId worker : {kTwo, kThree, kFour}) {
    const os::UniqueFd client = fleet_.Connect(group_.ProbeServer(), group_.ProbeSource(worker));
    const os::SocketAddress here = *os::LocalAddress(client.get());
    ASSERT_TRUE(fleet_.RunUntil([&] {
      const auto accepted = fleet_.diag().Lookup(address_, here);
      if (!accepted.ok() || !accepted->has_value() || (*accepted)->inode == 0) return false;
      return SocketOwners(fleet_.workers()).In(worker, (*accepted)->inode).has_value();
    })) << worker.value();
  }
}

TEST_F(GroupTest, TheHashChoosesWhileTheOrderIsInDoubt) {
  JoinAndRefresh(3);
  group_.Steer({{kOne, 1}});
  const int64_t lapses = group_.lapses();
  group_.Doubt();
  EXPECT_FALSE(group_.steered());
  EXPECT_GT(group_.lapses(), lapses);
  const auto clients = fleet_.Connect(address_, 60);
  EXPECT_GT(Queue(kTwo) + Queue(kThree), 0U);
  for (const WorkerId worker : {kOne, kTwo, kThree}) {
    while (Queue(worker) > 0) fleet_.puppet(worker).Accept(listener(worker));
    Serve(worker);
  }
  ASSERT_TRUE(Certain());
  EXPECT_TRUE(group_.steered());
}

TEST_F(GroupTest, AStrangerIsCountedAndGetsNothing) {
  JoinAndRefresh(1);
  group_.Steer({{kOne, 1}});
  const os::UniqueFd stranger = *os::Listen(address_, 64);
  Refresh();
  EXPECT_EQ(group_.Foreign(), 1);
  EXPECT_TRUE(group_.steered());
  const auto clients = fleet_.Connect(address_, 20);
  EXPECT_EQ(Queue(kOne), 20U);
}

TEST_F(GroupTest, APlaceholderThatGoesIsNoStrangerThatMayComeAgain) {
  JoinAndRefresh(3);
  group_.Steer({{kThree, 1}});
  group_.ExpectToLeave({kOne});
  ASSERT_EQ(group_.members().size(), 4U);
  group_.ExpectToLeave({});
  ASSERT_EQ(group_.members().size(), 3U);
  group_.Steer({{kTwo, 1}, {kThree, 1}});
  group_.ExpectToLeave({kOne});
  const auto clients = fleet_.Connect(address_, 40);
  EXPECT_GT(Queue(kThree), 0U) << "the hash finds servers only";
}

// There is no addressed probe for a member beyond the most that a program can tell apart.
TEST_F(GroupTest, AWorkerBehindMoreStrangersThanCanBeSteeredIsNotReachedBySource) {
  os::RaiseDescriptorLimit();
  std::vector<os::UniqueFd> strangers;
  while (strangers.size() < steering::kMaxMembers) {
    absl::StatusOr<os::UniqueFd> stranger = os::Listen(address_, 1);
    ASSERT_TRUE(stranger.ok()) << stranger.status();
    strangers.push_back(*std::move(stranger));
    // The index of the last one is known.
    if (strangers.size() + 1 == steering::kMaxMembers) Refresh();
  }
  Refresh();
  Join();
  Refresh();
  EXPECT_EQ(group_.Foreign(), static_cast<int>(steering::kMaxMembers));
  EXPECT_FALSE(group_.steered());
  EXPECT_EQ(group_.trouble(), "1025 listeners on " + address_.ToString() +
                                  ", more than the 1024 that can be steered");
  EXPECT_FALSE(group_.ProbeSource(kOne).has_value());
  strangers.pop_back();
  Refresh();
  EXPECT_EQ(group_.trouble(), "");
  EXPECT_TRUE(group_.ProbeSource(kOne).has_value());
}

TEST_F(GroupTest, AStrangerIsToldFromAWorkerWhenTheOrderIsProven) {
  Puppet stranger;
  stranger.Serve(stranger.Listen(address_));
  os::Child process = stranger.TakeProcess();
  // All at once: every index is in doubt.
  for (int i = 0; i < 3; ++i) Join();
  for (const WorkerId worker : {kOne, kTwo}) Serve(worker);
  Refresh();
  group_.Steer({{kThree, 1}});
  EXPECT_FALSE(group_.certain());
  Serve(kThree);
  ASSERT_TRUE(Certain());
  EXPECT_EQ(group_.Foreign(), 1);
  Puppet& three = fleet_.puppet(kThree);
  three.Close(listener(kThree));  // the last one of all
  Refresh();
  EXPECT_TRUE(group_.certain());
  ASSERT_TRUE(process.Signal(SIGKILL).ok());
  ASSERT_TRUE(process.Wait().ok());
}

TEST_F(GroupTest, WithoutAWorkerNoProgramCanBeAttached) {
  const os::UniqueFd stranger = *os::Listen(address_, 64);
  Refresh();
  EXPECT_EQ(group_.trouble(), "no worker of ours listens on " + address_.ToString());
  EXPECT_FALSE(group_.steered());
  EXPECT_FALSE(group_.ProbeSource(kOne).has_value());
  JoinAndRefresh(1);
  EXPECT_EQ(group_.trouble(), "");
}

TEST_F(GroupTest, AListenerThatADeadWorkersChildHoldsIsShutDown) {
  JoinAndRefresh(2);
  group_.Steer({{kTwo, 1}});
  fleet_.puppet(kOne).Fork(/*escapes=*/true);
  fleet_.puppet(kOne).Exit(0);
  fleet_.Reap(kOne);
  ASSERT_EQ(fleet_.diag().DumpListeners(AF_INET, address_.port())->size(), 2U)
      << "the child keeps it in the group";
  Refresh();
  const auto left = *fleet_.diag().DumpListeners(AF_INET, address_.port());
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].inode, listener(kTwo));
  EXPECT_TRUE(Refresh());
  EXPECT_FALSE(group_.Has(kOne));
  EXPECT_TRUE(group_.steered());
}

TEST_F(GroupTest, AListenerThatHasGotAnotherNumberIsFoundAgain) {
  JoinAndRefresh(1);
  fleet_.puppet(kOne).Move(listener(kOne));
  group_.Steer({{kOne, 1}});
  EXPECT_EQ(group_.trouble(), "");
  EXPECT_TRUE(group_.steered());
  EXPECT_GE(group_.members().at(listener(kOne)).owner->fd, 50);
}

TEST_F(GroupTest, ListenersOfOtherAddressesOfThePortAreNotItsMembers) {
  JoinAndRefresh(1);
  const std::string other = "127.0.0.2:" + std::to_string(address_.port());
  fleet_.Launch().Listen(*os::SocketAddress::Parse(other));
  EXPECT_FALSE(Refresh());
  EXPECT_EQ(group_.members().size(), 1U);
}

TEST_F(GroupTest, AWildcardIsProbedThroughLoopback) {
  Group group(fleet_.loop(), fleet_.diag(), fleet_.workers(),
              *os::SocketAddress::Parse("0.0.0.0:80"));
  EXPECT_EQ(group.ProbeServer().ToString(), "127.0.0.1:80");
  Group six(fleet_.loop(), fleet_.diag(), fleet_.workers(), *os::SocketAddress::Parse("[::]:80"));
  EXPECT_EQ(six.ProbeServer().ToString(), "[::1]:80");
}

// The group of a controller that has died, which another one follows from here on.
class TakenOverGroupTest : public GroupTest {
 protected:
  TakenOverGroupTest() {
    JoinAndRefresh(3);
    group_.Steer({{kOne, 1}});
    taken_.TakeOver();
    EXPECT_TRUE(taken_.Refresh().ok());
  }
  void ServeAll() {
    for (const WorkerId worker : {kOne, kTwo, kThree}) Serve(worker);
  }
  Group taken_{fleet_.loop(), fleet_.diag(), fleet_.workers(), address_};
};

TEST_F(TakenOverGroupTest, ItsProgramGoesOnUntilSharesAreAskedForAndTheOrderIsProven) {
  EXPECT_FALSE(taken_.certain());
  taken_.Steer({{kTwo, 1}});  // asked for, but nothing is proven
  const auto clients = fleet_.Connect(address_, 20);
  EXPECT_EQ(Queue(kOne), 20U);
  EXPECT_FALSE(taken_.steered());
  while (Queue(kOne) > 0) fleet_.puppet(kOne).Accept(listener(kOne));
  ServeAll();
  // As soon as the place of worker 2 is proven; the others' places may be in doubt a while longer.
  ASSERT_TRUE(fleet_.RunUntil([this] { return taken_.steered(); }));
  EXPECT_EQ(taken_.trouble(), "");
}

TEST_F(TakenOverGroupTest, AProvenOrderAloneReplacesNoProgram) {
  ServeAll();
  ASSERT_TRUE(fleet_.RunUntil([this] { return taken_.certain(); }));
  EXPECT_FALSE(taken_.steered());
  taken_.Steer({{kTwo, 1}});
  EXPECT_TRUE(taken_.steered());
}

TEST_F(TakenOverGroupTest, ItIsGivenUpIfItsOrderCannotBeProven) {
  // No worker accepts, so no probe proves anything.
  taken_.Steer({{kTwo, 1}});
  ASSERT_TRUE(fleet_.RunUntil([this] {
    const uint32_t before = Queue(kOne);
    const os::UniqueFd client = fleet_.Connect(address_);
    if (Queue(kOne) == before) return true;  // the hash has chosen another worker
    fleet_.puppet(kOne).Accept(listener(kOne));
    return false;
  }));
  EXPECT_FALSE(taken_.steered());
}

TEST_F(GroupTest, AListenerThatIsBoundToADeviceIsNoMemberAndIsNamed) {
  const os::UniqueFd first = ListenElsewhere(address_, ElsewhereBy::kDevice);
  if (!first.valid()) GTEST_SKIP() << "may not bind to a device";
  Refresh();
  EXPECT_THAT(group_.Strays(), testing::IsEmpty()) << "no worker listens, so this may be the group";
  JoinAndRefresh(1);
  EXPECT_EQ(group_.members().size(), 1U);
  EXPECT_TRUE(group_.Has(kOne));
  EXPECT_TRUE(group_.certain());
  ASSERT_EQ(group_.Strays().size(), 1U);
  EXPECT_THAT(group_.Strays()[0],
              testing::AllOf(testing::HasSubstr("(process " + std::to_string(getpid()) + ", user"),
                             testing::EndsWith(" on " + address_.ToString() +
                                               ", which is bound to a device")));
  JoinAndRefresh(1);
  Leave(kOne);
  Refresh();
  EXPECT_EQ(group_.members().size(), 1U);
  EXPECT_EQ(group_.Strays().size(), 1U);
}

// The former controller has died when a newcomer listened that its program does not know.
class NewcomerAtTakeOverTest : public GroupTest {
 protected:
  NewcomerAtTakeOverTest() {
    JoinAndRefresh(2);
    group_.Steer({{kOne, 1}, {kTwo, 1}});
    Join();
    for (const WorkerId worker : {kOne, kTwo}) Serve(worker);
  }
  // Steers to the two that serve, and returns true if nothing comes to the newcomer.
  bool TakeOver(std::optional<size_t> members) {
    Group taken(fleet_.loop(), fleet_.diag(), fleet_.workers(), address_);
    taken.TakeOver(members);
    EXPECT_TRUE(taken.Refresh().ok());
    taken.Steer({{kOne, 1}, {kTwo, 1}});
    EXPECT_TRUE(fleet_.RunUntil([&] { return taken.steered(); }));
    const auto clients = fleet_.Connect(address_, 20);
    EXPECT_TRUE(taken.Refresh().ok());
    return taken.AcceptQueue(kThree) == 0 && taken.certain();
  }
};

TEST_F(NewcomerAtTakeOverTest, IsNotTakenForOneThatServes) {
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(TakeOver(2)) << i;
}

TEST_F(NewcomerAtTakeOverTest, TheNumberOfMembersIsThatOfTheProgram) {
  EXPECT_EQ(group_.program_members(), 2U);
  int changes = 0;
  group_.set_on_program([&] { ++changes; });
  Refresh();
  EXPECT_EQ(group_.program_members(), 3U);
  EXPECT_EQ(changes, 1);
  group_.Steer({{kTwo, 1}});
  EXPECT_EQ(changes, 1);
}

TEST_F(NewcomerAtTakeOverTest, EvidenceAgainstAnOrderThatWasInferredMeansDoubt) {
  // Without the number a wrong order may be believed, but not for long.
  Group taken(fleet_.loop(), fleet_.diag(), fleet_.workers(), address_);
  taken.TakeOver();
  EXPECT_TRUE(taken.Refresh().ok());
  ASSERT_TRUE(fleet_.RunUntil([&] { return taken.certain() && taken.program_members() == 2U; }));
  taken.Steer({{kOne, 1}, {kTwo, 1}});
  EXPECT_TRUE(taken.steered());
  const auto clients = fleet_.Connect(address_, 20);
  EXPECT_TRUE(taken.Refresh().ok());
  EXPECT_EQ(taken.AcceptQueue(kThree), 0U);
}

class GroupOfIpv6Test : public GroupTest {
 protected:
  static bool Missing() { return LoopbackAddresses().size() < 2; }
  GroupOfIpv6Test() : GroupTest(Missing() ? AF_INET : AF_INET6) {}
};

TEST_F(GroupOfIpv6Test, ADualStackListenerIsNoMemberAndIsNamed) {
  if (Missing()) GTEST_SKIP() << "no IPv6 here";
  const os::UniqueFd held = *os::Bind(*os::SocketAddress::Parse("[::]:0"));
  const os::SocketAddress any = *os::LocalAddress(held.get());
  Group group(fleet_.loop(), fleet_.diag(), fleet_.workers(), any);
  fleet_.Launch().Listen(any);
  ASSERT_TRUE(group.Refresh().ok());
  os::UniqueFd stray = ListenElsewhere(any, ElsewhereBy::kDualStack);
  EXPECT_FALSE(*group.Refresh());
  EXPECT_EQ(group.members().size(), 1U);
  EXPECT_EQ(group.Foreign(), 0);
  ASSERT_EQ(group.Strays().size(), 1U);
  EXPECT_THAT(group.Strays()[0], testing::EndsWith(", which is not IPv6-only"));
  stray.Reset();
  EXPECT_FALSE(*group.Refresh());
  EXPECT_THAT(group.Strays(), testing::IsEmpty());
  EXPECT_EQ(group.lapses(), 0);
}

TEST_F(GroupOfIpv6Test, IsProvenAndReachedByReservedPorts) {
  if (Missing()) GTEST_SKIP() << "no IPv6 here";
  for (int i = 0; i < 3; ++i) Join();
  Refresh();
  EXPECT_FALSE(group_.certain());
  Serve(kOne);
  Serve(kTwo);
  Serve(kThree);
  group_.Steer({{kTwo, 1}});
  ASSERT_TRUE(Certain());
  EXPECT_TRUE(group_.steered());
  EXPECT_NE(group_.ProbeSource(kOne)->port(), group_.ProbeSource(kOne)->port())
      << "a port rests after each probe";
}

}  // namespace
}  // namespace rollport::controller
