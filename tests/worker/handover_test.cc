// An idle connection outlives its worker: the next one goes on with it.
#include "protocol/handover.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/event_loop.h"
#include "os/message_socket.h"
#include "os/socket.h"
#include "tests/support/eventually.h"
#include "tests/worker/skip_under_sanitizer.h"
#include "tests/worker/worker_process.h"

namespace rollport::worker {
namespace {

using Kind = protocol::Message::Kind;

// A worker with a channel; the test holds the other end of it, as the controller does.
class Peer {
 public:
  explicit Peer(const std::string& name, WorkerOptions options = {}, rlim_t descriptors = 0)
      : channel_(*os::MakeMessageSockets()) {
    options.listen = {"127.0.0.1:0"};
    worker_ = std::make_unique<WorkerProcess>(
        [name](Worker& worker) { Serve(worker, name); }, options,
        WorkerProcess::Env{{"ROLLPORT_HANDOVER_FD", std::to_string(channel_.a.get())}},
        [descriptors] {
          const rlimit few{.rlim_cur = descriptors, .rlim_max = descriptors};
          if (descriptors > 0) setrlimit(RLIMIT_NOFILE, &few);
        });
    channel_.a.Reset();
  }
  WorkerProcess* operator->() { return worker_.get(); }
  const protocol::WorkerPage& page() const { return worker_->page(); }
  // As when the controller has died.
  void CloseChannel() { channel_.b.Reset(); }
  int channel() const { return channel_.b.get(); }
  void SetSuccessor(const Peer& successor) const {
    ASSERT_EQ(protocol::Send(channel(), {.kind = Kind::kSuccessor}, successor.channel()),
              os::Sent::kSent);
  }

 private:
  // "/hold" is answered when "/release" is requested.
  static void Serve(Worker& worker, const std::string& name) {
    auto held = std::make_shared<std::vector<Response>>();
    worker.Handle("/who", [name](const Request&, Response r) { r.Send(200, "", name); });
    worker.Handle("/hold", [held](const Request&, Response r) { held->push_back(r); });
    worker.Handle("/release", [held](const Request&, Response r) {
      for (Response& waiting : *held) waiting.Send(200, "", "held");
      held->clear();
      r.Send(200, "", "released");
    });
  }

  os::MessageSockets channel_;
  std::unique_ptr<WorkerProcess> worker_;
};

using Clients = std::vector<std::unique_ptr<Client>>;

// Kept connections that have had one answer.
Clients Idle(Peer& peer, int n, const std::string& name) {
  Clients clients;
  for (int i = 0; i < n; ++i) {
    clients.push_back(std::make_unique<Client>(peer->address()));
    EXPECT_EQ(clients.back()->Get("/who").body, name);
  }
  return clients;
}

void ExpectAnsweredBy(Clients& clients, const std::string& name) {
  for (size_t i = 0; i < clients.size(); ++i) {
    const Answer answer = clients[i]->Get("/who");
    ASSERT_EQ(answer.body, name) << i << " " << answer.error;
    ASSERT_TRUE(answer.keep_alive) << i;
  }
}

TEST(HandoverTest, IdleConnectionsGoToTheSuccessorAndTheDrainIsOverAtOnce) {
  Peer a("a"), b("b");
  Clients clients = Idle(a, 300, "a");  // more than the channel has room for
  const auto fresh = std::make_unique<Client>(a->address());
  const auto probe = std::make_unique<Client>(a->address(), "127.83.0.9:0");
  EXPECT_EQ(probe->Get("/healthz").status, 200);
  ASSERT_TRUE(Eventually([&] { return a.page().connections_open.Get() == 301; }));
  const size_t descriptors = b->descriptors();
  a.SetSuccessor(b);
  a->Drain();
  EXPECT_EQ(a->Wait(), 0);
  EXPECT_EQ(a.page().connections_handed_over.Get(), 301U) << "all but the probe's";
  EXPECT_EQ(a.page().connections_open.Get(), 0U);
  EXPECT_EQ(a.page().connections_ended.Get(), 0U);
  EXPECT_EQ(a.page().connections_cut.Get(), 0U);
  EXPECT_TRUE(Eventually([&] { return b.page().connections_open.Get() == 301; }));
  EXPECT_EQ(b->descriptors(), descriptors + 301);
  ExpectAnsweredBy(clients, "b");
  EXPECT_EQ(fresh->Get("/who").body, "b");
  EXPECT_EQ(b.page().connections_accepted.Get(), 0U);
}

TEST(HandoverTest, ARequestThatCameMeanwhileIsAnsweredByTheSuccessor) {
  Peer a("a"), b("b");
  Clients clients = Idle(a, 20, "a");
  a.SetSuccessor(b);
  b->Signal(SIGSTOP);
  a->Drain();
  EXPECT_EQ(a->Wait(), 0);
  // They lie in the channel; no running process holds them.
  for (const auto& client : clients) client->Send(Request1("/who"));
  b->Signal(SIGCONT);
  for (const auto& client : clients) EXPECT_EQ(client->Read().body, "b");
}

TEST(HandoverTest, WhatIsUnderWayIsAnsweredAndThenHandedOver) {
  Peer a("a"), b("b");
  Client holder(a->address()), half(a->address());
  holder.Send(Request1("/hold"));
  half.Send("GET /rel");
  ASSERT_TRUE(Eventually(
      [&] { return a.page().requests_open.Get() == 1 && a.page().connections_open.Get() == 2; }));
  a.SetSuccessor(b);
  // Comes after it, so that it has been read too.
  EXPECT_EQ(Client(a->address()).Get("/healthz").status, 200);
  a->Drain();
  EXPECT_EQ(a.page().connections_handed_over.Get(), 0U) << "half a head is not idle";
  half.Send("ease HTTP/1.1\r\nHost: h\r\n\r\n");
  const Answer released = half.Read(), held = holder.Read();
  EXPECT_EQ(released.body, "released");
  EXPECT_EQ(held.body, "held");
  EXPECT_TRUE(released.keep_alive && held.keep_alive) << "there is a successor that takes them";
  EXPECT_EQ(a->Wait(), 0);
  EXPECT_EQ(half.Get("/who").body, "b");
  EXPECT_EQ(holder.Get("/who").body, "b");
  EXPECT_EQ(a.page().connections_handed_over.Get(), 2U);
}

TEST(HandoverTest, ASuccessorThatIsNamedDuringTheDrainIsNotTooLate) {
  Peer a("a"), b("b");
  Clients clients = Idle(a, 5, "a");
  a->Drain();
  EXPECT_EQ(a.page().connections_handed_over.Get(), 0U);
  a.SetSuccessor(b);
  EXPECT_EQ(a->Wait(), 0);
  ExpectAnsweredBy(clients, "b");
}

TEST(HandoverTest, IfTheSuccessorHasGoneTheEndIsPoliteAsWithoutOne) {
  Peer a("a"), b("b"), c("c");
  Clients clients = Idle(a, 2, "a");
  a.SetSuccessor(b);
  b->Signal(SIGKILL);
  b->Wait();
  a->Drain();
  const Answer answer = clients[0]->Get("/who");
  EXPECT_EQ(answer.body, "a");
  EXPECT_FALSE(answer.keep_alive);
  EXPECT_FALSE(clients[1]->Readable(20)) << "closed in the client's face";
  a.SetSuccessor(c);
  EXPECT_EQ(clients[1]->Get("/who").body, "c");
  clients.clear();
  EXPECT_EQ(a->Wait(), 0);
}

TEST(HandoverTest, WhileTheChannelIsFullTheWorkerServesOn) {
  Peer a("a"), b("b");
  Clients clients = Idle(a, 600, "a");
  a.SetSuccessor(b);
  b->Signal(SIGSTOP);
  a->Drain();
  ASSERT_TRUE(Eventually([&] { return a.page().connections_handed_over.Get() > 50; }));
  EXPECT_LT(a.page().connections_handed_over.Get(), 600U);
  // The first one is handed over last.
  const Answer answer = clients[0]->Get("/who");
  EXPECT_EQ(answer.body, "a");
  EXPECT_TRUE(answer.keep_alive);
  b->Signal(SIGCONT);
  EXPECT_EQ(a->Wait(), 0);
  EXPECT_EQ(a.page().connections_handed_over.Get(), 600U);
  ExpectAnsweredBy(clients, "b");
}

TEST(HandoverTest, ASuccessorThatNeverTakesIsNotWaitedForLongerThanTheDrain) {
  Peer a("a", {.drain_timeout = std::chrono::milliseconds(1000)}), b("b");
  Clients clients = Idle(a, 600, "a");
  a.SetSuccessor(b);
  b->Signal(SIGSTOP);
  a->Drain();
  // A client that goes on asking is told in time.
  Answer answer;
  do {
    answer = clients[0]->Get("/who");
  } while (answer.keep_alive);
  EXPECT_EQ(answer.body, "a");
  clients[0]->Close();
  EXPECT_EQ(clients[1]->ReadToEnd(), "<EOF>");
  EXPECT_EQ(a->Wait(), 0);
  const uint64_t taken = a.page().connections_handed_over.Get();
  EXPECT_EQ(a.page().connections_ended.Get() + taken, 599U);
  EXPECT_EQ(a.page().connections_cut.Get(), 0U);
  b->Signal(SIGCONT);
  EXPECT_EQ(clients[599]->Get("/who").body, "b");
  EXPECT_TRUE(Eventually([&] { return b.page().connections_open.Get() == taken; }));
}

TEST(HandoverTest, ASuccessorThatIsRetiredItselfPassesOnWhatItIsGiven) {
  Peer a("a"), b("b"), c("c");
  Clients clients = Idle(a, 20, "a");
  a.SetSuccessor(b);
  b->Signal(SIGSTOP);
  b.SetSuccessor(c);
  b->Signal(SIGTERM);
  a->Drain();
  EXPECT_EQ(a->Wait(), 0);
  b->Signal(SIGCONT);
  EXPECT_EQ(b->Wait(), 0);
  EXPECT_EQ(b.page().connections_handed_over.Get(), 20U);
  ExpectAnsweredBy(clients, "c");
}

TEST(HandoverTest, WhatLiesInTheChannelOfAWorkerThatEndsIsAnsweredAndNotLost) {
  SKIP_UNDER_SANITIZER();
  // With descriptors for a few only, of which clients that ask for nothing have all.
  Peer a("a"), b("b", {.drain_timeout = std::chrono::milliseconds(1000)}, 40);
  Clients clients = Idle(a, 50, "a");
  Clients silent;
  for (int i = 0; i < 40; ++i) silent.push_back(std::make_unique<Client>(b->address()));
  a.SetSuccessor(b);
  a->Drain();
  EXPECT_EQ(a->Wait(), 0);
  EXPECT_EQ(a.page().connections_handed_over.Get(), 50U);
  for (const auto& client : clients) client->Send(Request1("/who"));
  b->Drain();
  EXPECT_EQ(b->Wait(), 0);
  EXPECT_EQ(b.page().connections_cut.Get(), 40U);
  for (const auto& client : clients) EXPECT_EQ(client->Read().body, "b");
}

TEST(HandoverTest, AWorkerWithoutRoomTakesThemOneByOne) {
  Peer a("a"), b("b", {.max_connections = 2});
  Clients clients = Idle(a, 5, "a");
  a.SetSuccessor(b);
  a->Drain();
  EXPECT_EQ(a->Wait(), 0);
  ASSERT_TRUE(Eventually([&] { return b.page().connections_open.Get() == 2; }));
  for (const auto& client : clients) client->Send(Request1("/who", "Connection: close\r\n"));
  size_t answered = 0;
  EXPECT_TRUE(Eventually([&] {
    for (const auto& client : clients) {
      if (client->fd() < 0 || !client->Readable(0)) continue;
      EXPECT_EQ(client->Read().body, "b");
      client->Close();
      ++answered;
    }
    return answered == clients.size();
  }));
}

// The test as the predecessor.
class GivenTest : public testing::Test {
 protected:
  // Both ends of a connection: the client's, and the one to hand over.
  std::unique_ptr<Client> Connect(os::UniqueFd* server) {
    const os::UniqueFd listener = *os::Listen(*os::SocketAddress::Parse("127.0.0.1:0"), 1);
    auto client = std::make_unique<Client>(*os::LocalAddress(listener.get()));
    server->Reset(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    return client;
  }
};

TEST_F(GivenTest, TheTimeThatItHasBeenIdleCounts) {
  Peer b("b");
  os::UniqueFd server;
  const auto client = Connect(&server);
  const protocol::Message old = {
      .kind = Kind::kConnection, .answered = true, .idle_since = Instant::FromNanos(1)};
  ASSERT_EQ(protocol::Send(b.channel(), old, server.get()), os::Sent::kSent);
  server.Reset();
  EXPECT_EQ(client->ReadToEnd(), "<EOF>");
}

TEST_F(GivenTest, WhatIsUnknownIsClosedAndTheNextIsTaken) {
  Peer b("b");
  os::UniqueFd server;
  const auto stranger = Connect(&server);
  ASSERT_EQ(os::SendMessage(b.channel(), "something else", server.get()), os::Sent::kSent);
  server.Reset();
  EXPECT_EQ(stranger->ReadToEnd(), "<EOF>");
  const auto client = Connect(&server);
  const protocol::Message now = {.kind = Kind::kConnection, .idle_since = os::EventLoop::ReadNow()};
  ASSERT_EQ(protocol::Send(b.channel(), now, server.get()), os::Sent::kSent);
  // Without a connection.
  ASSERT_EQ(protocol::Send(b.channel(), now), os::Sent::kSent);
  ASSERT_EQ(protocol::Send(b.channel(), {.kind = Kind::kSuccessor}), os::Sent::kSent);
  server.Reset();
  EXPECT_EQ(client->Get("/who").body, "b");
}

TEST_F(GivenTest, TheWorkerSaysThatItTakesThem) {
  Peer b("b");
  protocol::Incoming said;
  ASSERT_EQ(protocol::Receive(b.channel(), &said), os::Received::kMessage);
  EXPECT_EQ(said.message.kind, Kind::kTakes);
}

TEST_F(GivenTest, WithoutAControllerTheWorkerServesOnAndDrains) {
  Peer b("b");
  Client client(b->address());
  b.CloseChannel();
  EXPECT_EQ(client.Get("/who").body, "b");
  b->Drain();
  EXPECT_FALSE(client.Get("/who").keep_alive);
  client.Close();
  EXPECT_EQ(b->Wait(), 0);
}

}  // namespace
}  // namespace rollport::worker
