#include "controller/accounts/cut_counts.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "os/socket.h"
#include "steering/probe_address.h"
#include "steering/program.h"
#include "tests/controller/accounts/worker_with_clients.h"
#include "tests/support/loopback.h"

namespace rollport::controller {
namespace {

// The worker keeps no page.
class CutCountsTest : public WorkerWithClients {
 protected:
  void Connect(int clients, bool waiting = true, bool read = false) {
    while (clients-- > 0) ConnectOne(waiting, read);
  }
  // From what steering reserves for the probes of one index.
  os::UniqueFd ConnectAsAProbe() const {
    if (address_.family() == AF_INET) {
      return *os::Connect(address_, os::SocketAddress::Parse("127.83.0.1:0").value());
    }
    // Another test may hold a port.
    for (size_t index = 0; index < steering::kMaxMembers; ++index) {
      auto probe = os::Connect(address_, address_.with_port(steering::ProbePort(index, 0)));
      if (probe.ok()) return *std::move(probe);
    }
    return os::UniqueFd();
  }
  void TellToStop(bool answers = true) { cuts_.NoteStopping(worker_, {address_}, answers); }
  void Kill() {
    cuts_.NoteKilling(worker_, {address_});
    worker_.Kill();
    AwaitEnd();
  }
  void Exit() {
    puppet_.Exit(0);
    AwaitEnd();
  }
  std::optional<int64_t> Cut() { return cuts_.Take(worker_, how_); }

  CutCounts cuts_{*loop_, diag_};
};

TEST_P(CutCountsTest, AWorkerThatIsKilledCutsAllThatItHolds) {
  Connect(3);
  TellToStop();
  Kill();
  EXPECT_EQ(Cut(), 3);
}

TEST_P(CutCountsTest, AWorkerThatIsKilledWithoutBeingToldToStopCutsAllThatItHolds) {
  Connect(2, /*waiting=*/false);
  Kill();
  EXPECT_EQ(Cut(), 2);
}

TEST_P(CutCountsTest, WhatAChildHoldsIsTheWorkers) {
  Connect(2);
  puppet_.Fork(/*escapes=*/true);
  TellToStop();
  Kill();
  EXPECT_EQ(Cut(), 2);
}

TEST_P(CutCountsTest, AWorkerThatExitsHasCutWhatItLeftUnread) {
  Connect(2);
  Connect(1, /*waiting=*/false);
  TellToStop();
  Exit();
  EXPECT_EQ(Cut(), 2);
}

TEST_P(CutCountsTest, ConnectionsThatEndInOrderAreNotCut) {
  Connect(2, /*waiting=*/false);
  TellToStop();
  clients_.pop_front();
  Exit();
  EXPECT_EQ(Cut(), 0);
}

TEST_P(CutCountsTest, ARequestThatWasReadAndNotAnsweredIsCut) {
  Connect(2, /*waiting=*/true, /*read=*/true);
  TellToStop();
  Exit();
  EXPECT_EQ(Cut(), 2);
}

TEST_P(CutCountsTest, WithoutAnswersItIsNotKnownWhetherThereWasMoreToDo) {
  Connect(1, /*waiting=*/true, /*read=*/true);
  TellToStop(/*answers=*/false);
  Exit();
  EXPECT_EQ(Cut(), std::nullopt);
}

TEST_P(CutCountsTest, WhatASignalEndedIsNotKnown) {
  Connect(1, /*waiting=*/false);
  TellToStop();
  ASSERT_TRUE(worker_.Signal(SIGTERM).ok());
  AwaitEnd();
  EXPECT_EQ(Cut(), std::nullopt);
}

TEST_P(CutCountsTest, AConnectionThatEndedBeforeTheKillIsNotCutByIt) {
  Connect(2);
  TellToStop();
  clients_.pop_front();
  Kill();
  EXPECT_EQ(Cut(), 1);
}

TEST_P(CutCountsTest, AProbeIsNotCut) {
  const os::UniqueFd probe = ConnectAsAProbe();
  puppet_.Accept(listener_);
  Kill();
  EXPECT_EQ(Cut(), 0);
}

TEST_P(CutCountsTest, AnotherProcessWithTheSourceOfAProbeIsAClient) {
  const pid_t client = fork();
  if (client == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const os::UniqueFd connection = ConnectAsAProbe();
    while (true) pause();
  }
  puppet_.Accept(listener_);
  Kill();
  EXPECT_EQ(Cut(), 1);
  kill(client, SIGKILL);
  waitpid(client, nullptr, 0);
}

TEST_P(CutCountsTest, AWorkerThatWasNeverToldToStopHasCutNothing) {
  Connect(2);
  Exit();
  EXPECT_EQ(Cut(), 0);
}

TEST_P(CutCountsTest, WhatAFormerControllerBeganIsNotKnown) {
  cuts_.NoteStoppedBefore(worker_);
  Exit();
  EXPECT_EQ(Cut(), std::nullopt);
  EXPECT_EQ(Cut(), 0) << "it is forgotten";
}

TEST_P(CutCountsTest, WithoutADescriptorToAskWithItIsNotKnown) {
  Connect(1);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  TellToStop();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  Exit();
  EXPECT_EQ(Cut(), std::nullopt);
}

TEST_P(CutCountsTest, AWorkerWithAPageCountsForItself) {
  protocol::MappedPage page = *protocol::MappedPage::Map(memory_.get());
  page.Begin();
  Connect(1);
  TellToStop();
  Kill();
  EXPECT_EQ(Cut(), 0);
}

INSTANTIATE_TEST_SUITE_P(Loopback, CutCountsTest, testing::ValuesIn(LoopbackAddresses()));

}  // namespace
}  // namespace rollport::controller
