#include "controller/accounts/page_cuts.h"

#include <sys/socket.h>

#include <list>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/accounts/worker_with_clients.h"
#include "tests/support/loopback.h"

namespace rollport::controller {
namespace {

// The test counts in the worker's page.
class PageCutsTest : public WorkerWithClients {
 protected:
  PageCutsTest() { page_.Begin(); }
  enum class Request { kNone, kSent, kRead };
  // Clients whose connections the worker has accepted, with this much of a request.
  void Connect(int clients, Request request) {
    page_->connections_open.Add(clients);
    while (clients-- > 0) ConnectOne(request != Request::kNone, request == Request::kRead);
  }
  void NoteKilling() { cuts_.NoteKilling(worker_, {address_}, /*listening=*/true); }
  void Kill() {
    worker_.Kill();
    AwaitEnd();
  }
  std::optional<int64_t> Cut(bool stopping = true) { return cuts_.Take(worker_, stopping); }

  protocol::MappedPage page_ = *protocol::MappedPage::Map(memory_.get());
  PageCuts cuts_{diag_};
};

TEST_P(PageCutsTest, AWorkerThatEndsHasCountedItself) {
  page_->connections_cut.Set(3);
  puppet_.Exit(0);
  AwaitEnd();
  EXPECT_EQ(Cut(), 3);
}

TEST_P(PageCutsTest, WhatItHasLeftToTheKernelIsNotKnown) {
  page_->connections_cut.Set(3);
  page_->connections_left.Set(1);
  puppet_.Exit(0);
  AwaitEnd();
  EXPECT_EQ(Cut(), std::nullopt);
}

TEST_P(PageCutsTest, AKillCutsWhatTheWorkerHasNotRead) {
  Connect(2, Request::kSent);
  Connect(1, Request::kNone);
  page_->connections_cut.Set(1);
  NoteKilling();
  Kill();
  EXPECT_EQ(Cut(), 3);
}

TEST_P(PageCutsTest, AndWhatItHasReadOfARequestThatIsNotComplete) {
  Connect(2, Request::kRead);
  Connect(1, Request::kNone);
  NoteKilling();
  Kill();
  EXPECT_EQ(Cut(), 2);
}

TEST_P(PageCutsTest, ARequestUnderWayIsNotCountedTwice) {
  Connect(1, Request::kRead);
  Connect(3, Request::kNone);
  page_->requests_open.Set(1);
  NoteKilling();
  Kill();
  EXPECT_EQ(Cut(), 1);
}

TEST_P(PageCutsTest, IfBothTellOfSomeItIsNotKnownWhetherTheyAreTheSame) {
  Connect(1, Request::kRead);
  Connect(1, Request::kSent);
  page_->requests_open.Set(1);
  NoteKilling();
  Kill();
  EXPECT_EQ(Cut(), std::nullopt);
}

TEST_P(PageCutsTest, UnlessARequestIsUnderWayOnEachConnection) {
  Connect(2, Request::kSent);
  page_->requests_open.Set(2);
  NoteKilling();
  Kill();
  EXPECT_EQ(Cut(), 2);
}

TEST_P(PageCutsTest, WhatAWorkerCountsBetweenTheLookAndTheKillIsNotCountedTwice) {
  Connect(2, Request::kSent);
  Connect(1, Request::kNone);
  NoteKilling();
  page_->connections_cut.Add(1);
  page_->connections_open.Sub(1);
  Kill();
  EXPECT_EQ(Cut(), std::nullopt);
}

TEST_P(PageCutsTest, WithoutALookOnlyThePageCanTell) {
  Connect(2, Request::kSent);
  page_->requests_open.Set(2);
  Kill();
  EXPECT_EQ(Cut(), 2);
}

TEST_P(PageCutsTest, AndItDoesNotTellOfTheOthers) {
  Connect(2, Request::kSent);
  page_->requests_open.Set(1);
  Kill();
  EXPECT_EQ(Cut(), std::nullopt);
}

TEST_P(PageCutsTest, OneThatDiesWhileItLeavesHasCutItsRequestsUnderWay) {
  Connect(1, Request::kRead);
  page_->requests_open.Set(1);
  puppet_.Exit(1);
  AwaitEnd();
  EXPECT_EQ(Cut(), 1);
}

TEST_P(PageCutsTest, AndWhatElseIsNotKnown) {
  Connect(1, Request::kNone);
  puppet_.Exit(1);
  AwaitEnd();
  EXPECT_EQ(Cut(), std::nullopt);
}

TEST_P(PageCutsTest, OneThatDiesWithoutBeingToldToStopHasCutNothing) {
  Connect(1, Request::kRead);
  page_->requests_open.Set(1);
  puppet_.Exit(1);
  AwaitEnd();
  EXPECT_EQ(Cut(/*stopping=*/false), 0);
}

TEST_P(PageCutsTest, WhetherItListenedIsKnownFromTheLook) {
  EXPECT_TRUE(cuts_.MayHaveListened(worker_));
  cuts_.NoteKilling(worker_, {address_}, /*listening=*/false);
  EXPECT_FALSE(cuts_.MayHaveListened(worker_));
  Kill();
  EXPECT_EQ(Cut(), 0);
}

INSTANTIATE_TEST_SUITE_P(, PageCutsTest, testing::ValuesIn(LoopbackAddresses()));

}  // namespace
}  // namespace rollport::controller
