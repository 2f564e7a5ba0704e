#include "controller/accounts/page_cuts.h"

#include <sys/socket.h>

#include <list>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/puppet.h"
#include "tests/support/loopback.h"

namespace rollport::controller {
namespace {

// A worker, in whose page the test counts, and clients of it.
class PageCutsTest : public testing::TestWithParam<const char*> {
 protected:
  PageCutsTest() {
    const os::UniqueFd reserved = *os::Bind(*os::SocketAddress::Parse(GetParam()));
    address_ = *os::LocalAddress(reserved.get());
    listener_ = puppet_.Listen(address_);
    page_.Begin();
  }
  enum class Request { kNone, kSent, kRead };
  // Clients whose connections the worker has accepted, with this much of a request.
  void Connect(int clients, Request request) {
    for (int i = 0; i < clients; ++i) {
      clients_.push_back(*os::Connect(address_));
      const uint64_t connection = puppet_.Accept(listener_);
      page_->connections_open.Add(1);
      if (request == Request::kNone) continue;
      ASSERT_EQ(send(clients_.back().get(), "GET", 3, MSG_NOSIGNAL), 3);
      if (request == Request::kRead) puppet_.Read(connection);
    }
  }
  void NoteKilling() { cuts_.NoteKilling(worker_, {address_}, /*listening=*/true); }
  void Kill() {
    worker_.Kill();
    AwaitEnd();
  }
  void AwaitEnd() {
    while (!ended_) ASSERT_TRUE(loop_->Turn(absl::Seconds(20)).ok());
  }
  std::optional<int64_t> Cut(bool stopping = true) { return cuts_.Take(worker_, stopping); }

  Puppet puppet_;
  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  os::SockDiag diag_ = *os::SockDiag::Create();
  os::SocketAddress address_;
  uint64_t listener_ = 0;
  std::list<os::UniqueFd> clients_;
  bool ended_ = false;
  const os::UniqueFd memory_ = *protocol::MappedPage::CreateFd();
  protocol::MappedPage page_ = *protocol::MappedPage::Map(memory_.get());
  WorkerProcess worker_{*loop_,
                        WorkerId(1),
                        SlotId(0),
                        GenerationId(1),
                        puppet_.TakeProcess(),
                        *protocol::MappedPage::Map(memory_.get()),
                        os::UniqueFd(),
                        [this](os::ExitStatus) { ended_ = true; }};
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
