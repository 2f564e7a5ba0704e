// The end of a worker: nothing that was accepted or queued is lost, and what must be cut is
// counted.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/eventually.h"
#include "tests/worker/worker_process.h"

namespace rollport::worker {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// "/hold" is answered when "/release" is requested.
void ServeHeld(Worker& worker) {
  auto held = std::make_shared<std::vector<Response>>();
  worker.Handle("/hello", [](const Request&, Response r) { r.Send(200, "", "hello"); });
  worker.Handle("/hold", [held](const Request&, Response r) { held->push_back(r); });
  worker.Handle("/stream", [held](const Request&, Response r) {
    r.Start(200, "");
    r.Write("first");
    held->push_back(r);
  });
  worker.Handle("/release", [held](const Request&, Response r) {
    for (Response& waiting : *held) {
      waiting.Send(200, "", "held");
      waiting.Write("last");
      waiting.End();
    }
    held->clear();
    r.Send(200, "", "released");
  });
  worker.Handle("/fork", [](const Request&, Response r) {
    const pid_t pid = fork();
    // A child that keeps every descriptor and never ends by itself.
    while (pid == 0) pause();
    r.Send(200, "", std::to_string(pid));
  });
}

class DrainTest : public testing::Test {
 protected:
  static WorkerOptions Options(std::chrono::milliseconds drain = std::chrono::seconds(20)) {
    WorkerOptions options;
    options.listen = {"127.0.0.1:0"};
    options.drain_timeout = drain;
    return options;
  }
  bool Held(const WorkerProcess& worker, uint64_t n) {
    return Eventually([&] { return worker.page().requests_open.Get() == n; });
  }
};

TEST_F(DrainTest, WithNothingToDoItEndsAtOnce) {
  WorkerProcess worker(ServeHeld, Options());
  worker.Drain();
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_LT(Client(worker.address()).fd(), 0) << "the port is closed";
}

TEST_F(DrainTest, SigintDrainsToo) {
  WorkerProcess worker(ServeHeld, Options());
  worker.Signal(SIGINT);
  EXPECT_EQ(worker.Wait(), 0);
}

TEST_F(DrainTest, ARequestUnderWayIsAnsweredAndTheAnswerSaysClose) {
  WorkerProcess worker(ServeHeld, Options());
  Client holder(worker.address()), other(worker.address());
  EXPECT_EQ(other.Get("/hello").body, "hello");
  holder.Send(Request1("/hold"));
  ASSERT_TRUE(Held(worker, 1));
  worker.Drain();
  EXPECT_LT(Client(worker.address()).fd(), 0) << "nobody new is taken";
  const Answer release = other.Get("/release");
  EXPECT_EQ(release.body, "released");
  EXPECT_FALSE(release.keep_alive);
  const Answer answer = holder.Read();
  EXPECT_EQ(answer.body, "held");
  EXPECT_FALSE(answer.keep_alive);
  EXPECT_EQ(holder.ReadToEnd(), "<EOF>");
  holder.Close();
  other.Close();
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
  EXPECT_EQ(worker.page().connections_open.Get(), 0u);
}

TEST_F(DrainTest, AnIdleConnectionGetsItsNextAnswerWithClose) {
  WorkerProcess worker(ServeHeld, Options());
  Client client(worker.address());
  EXPECT_TRUE(client.Get("/hello").keep_alive);
  worker.Drain();
  EXPECT_FALSE(client.Readable(50)) << "closed in the client's face";
  const Answer answer = client.Get("/hello");
  EXPECT_EQ(answer.body, "hello");
  EXPECT_FALSE(answer.keep_alive);
  EXPECT_EQ(client.ReadToEnd(), "<EOF>");
  client.Close();
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.page().connections_ended.Get(), 0u);
}

TEST_F(DrainTest, PipelinedRequestsBehindTheLastAnswerDoNotDestroyIt) {
  WorkerProcess worker(ServeHeld, Options());
  Client client(worker.address());
  EXPECT_TRUE(client.Get("/hello").keep_alive);
  worker.Drain();
  client.Send(Request1("/hello") + Request1("/hello") + std::string(100'000, 'x'));
  EXPECT_FALSE(client.Read().keep_alive);
  EXPECT_EQ(client.ReadToEnd(), "<EOF>");
  // Read on, not reset: Linux hides an RST behind a FIN from recv(2), other systems do not.
  tcp_info info{};
  socklen_t length = sizeof info;
  ASSERT_EQ(getsockopt(client.fd(), IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  EXPECT_EQ(info.tcpi_state, TCP_CLOSE_WAIT);
}

TEST_F(DrainTest, AnIdleConnectionGetsAFinShortlyBeforeTheTimeOut) {
  WorkerProcess worker(ServeHeld, Options(), {{"ROLLPORT_DRAIN_TIMEOUT", "400ms"}});
  Client client(worker.address());
  EXPECT_TRUE(client.Get("/hello").keep_alive);
  worker.Drain();
  EXPECT_EQ(client.ReadToEnd(), "<EOF>");
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.page().connections_ended.Get(), 1u);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
}

TEST_F(DrainTest, WhatIsUnderWayAtTheTimeOutIsCutAndCounted) {
  WorkerProcess worker(ServeHeld, Options(std::chrono::milliseconds(300)));
  Client holder(worker.address()), half(worker.address()), fresh(worker.address());
  holder.Send(Request1("/hold"));
  half.Send("GET /hel");
  ASSERT_TRUE(Held(worker, 1));
  ASSERT_TRUE(Eventually([&] { return worker.page().connections_open.Get() == 3; }));
  worker.Drain();
  EXPECT_THAT(holder.ReadToEnd(), Not(HasSubstr("HTTP")));
  EXPECT_THAT(half.ReadToEnd(), Not(HasSubstr("HTTP")));
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.page().connections_cut.Get(), 3u);
  EXPECT_EQ(worker.page().connections_ended.Get(), 0u);
  EXPECT_EQ(worker.page().connections_open.Get(), 0u);
  EXPECT_EQ(worker.page().requests_open.Get(), 0u);
}

TEST_F(DrainTest, WhatIsQueuedIsAcceptedAndAnswered) {
  WorkerProcess worker(ServeHeld, Options());
  worker.Signal(SIGSTOP);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<Client>(worker.address()));
    // Half of them have sent their request, half are about to.
    if (i % 2 == 0) clients.back()->Send(Request1("/hello"));
  }
  worker.Signal(SIGTERM);
  worker.Signal(SIGCONT);
  for (int i = 0; i < 200; ++i) {
    if (i % 2 != 0) clients[i]->Send(Request1("/hello"));
    const Answer answer = clients[i]->Read();
    ASSERT_EQ(answer.body, "hello") << i << answer.error;
    clients[i]->Close();
  }
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.page().connections_accepted.Get(), 200u);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
}

TEST_F(DrainTest, AForkedChildDoesNotKeepTheListenerAlive) {
  WorkerProcess worker(ServeHeld, Options());
  Client client(worker.address());
  const Answer answer = client.Get("/fork");
  const pid_t child = std::stoi(answer.body);
  ASSERT_GT(child, 0);
  client.Send(Request1("/hello", "Connection: close\r\n"));
  EXPECT_EQ(client.Read().body, "hello");
  client.Close();
  worker.Drain();
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_LT(Client(worker.address()).fd(), 0) << "the child's duplicate still listens";
  ASSERT_EQ(kill(child, 0), 0) << "the child is still there";
  kill(child, SIGKILL);
}

TEST_F(DrainTest, AStreamThatHasBegunGoesOn) {
  WorkerProcess worker(ServeHeld, Options());
  Client stream(worker.address()), other(worker.address());
  EXPECT_EQ(other.Get("/hello").body, "hello");
  stream.Send(Request1("/stream"));
  ASSERT_TRUE(Held(worker, 1));
  worker.Drain();
  EXPECT_EQ(other.Get("/release").body, "released");
  EXPECT_EQ(stream.Read().body, "firstlast");
  // Its head was sent before the drain and promised to stay.
  const Answer answer = stream.Get("/hello");
  EXPECT_EQ(answer.body, "hello");
  EXPECT_FALSE(answer.keep_alive);
  stream.Close();
  other.Close();
  EXPECT_EQ(worker.Wait(), 0);
}

TEST_F(DrainTest, ADrainingWorkerIsNotHealthy) {
  WorkerProcess worker(ServeHeld, Options());
  Client client(worker.address());
  EXPECT_EQ(client.Get("/healthz").status, 200);
  worker.Drain();
  EXPECT_EQ(client.Get("/healthz").status, 503);
}

TEST_F(DrainTest, AKeptProbeConnectionIsNotWaitedFor) {
  WorkerProcess worker(ServeHeld, Options());
  Client probe(worker.address(), "127.83.0.9:0");
  EXPECT_EQ(probe.Get("/healthz").status, 200);
  worker.Drain();
  EXPECT_EQ(worker.Wait(), 0);
}

TEST_F(DrainTest, TheSameSignalAgainEndsItAtOnce) {
  WorkerProcess worker(ServeHeld, Options());
  Client holder(worker.address()), idle(worker.address());
  EXPECT_EQ(idle.Get("/hello").body, "hello");
  holder.Send(Request1("/hold"));
  ASSERT_TRUE(Held(worker, 1));
  worker.Drain();
  worker.Signal(SIGINT);
  EXPECT_EQ(idle.Get("/healthz").status, 503) << "the drain goes on";
  EXPECT_TRUE(worker.running());
  worker.Signal(SIGTERM);
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.page().connections_cut.Get(), 1u);
}

TEST_F(DrainTest, ARequestThatIsThereAtTheLastMomentIsAnswered) {
  WorkerProcess worker(ServeHeld, Options(std::chrono::milliseconds(200)));
  Client client(worker.address());
  EXPECT_EQ(client.Get("/hello").body, "hello");
  worker.Drain();
  worker.Signal(SIGSTOP);
  client.Send(Request1("/hello"));
  // Until the time-out is certainly over.
  poll(nullptr, 0, 300);
  worker.Signal(SIGCONT);
  const Answer answer = client.Read();
  EXPECT_EQ(answer.body, "hello") << answer.error;
  EXPECT_FALSE(answer.keep_alive);
  EXPECT_EQ(worker.Wait(), 0);
}

}  // namespace
}  // namespace rollport::worker
