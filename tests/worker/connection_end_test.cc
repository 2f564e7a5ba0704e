// How a connection ends: so that the client has every answer whole, whatever it sends meanwhile and
// however slowly it reads (RFC 9112 section 9.6).
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/eventually.h"
#include "tests/worker/worker_process.h"

namespace rollport::worker {
namespace {

using testing::EndsWith;

constexpr size_t kAnswer = 600'000;    // bytes; fits in the worker's send queue
constexpr size_t kLarge = 16'000'000;  // does not

void ServeAnswer(Worker& worker) {
  worker.Handle("/answer",
                [](const Request&, Response r) { r.Send(200, "", std::string(kAnswer, 'x')); });
  worker.Handle("/large",
                [](const Request&, Response r) { r.Send(200, "", std::string(kLarge, 'x')); });
  worker.Handle("/hello", [](const Request&, Response r) { r.Send(200, "", "hello"); });
}

// Sends without end while it exists.
class Flood {
 public:
  explicit Flood(const Client& client)
      : thread_([this, fd = client.fd()] {
          const std::string bytes(64 << 10, 'y');
          while (!stop_) {
            if (send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
              poll(nullptr, 0, 1);
            }
          }
        }) {}
  ~Flood() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// From now on this process cannot attach a filter to a socket.
void ForbidFilters() {
  constexpr std::array program = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 3),
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SO_ATTACH_FILTER, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog argument = {.len = program.size(),
                               .filter = const_cast<sock_filter*>(program.data())};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &argument), 0);
}

// How long a connection lingers at least.
constexpr int kLingerMs = 2000;

class ConnectionEndTest : public testing::Test {
 protected:
  // A client that can hold a small part of an answer, and has asked for one, on its last request.
  static Client Ask(const WorkerProcess& worker, std::string_view request) {
    Client client(worker.address());
    const int small = 32 << 10;
    setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client.Send(request);
    EXPECT_TRUE(client.Readable(20'000));
    return client;
  }
  // All of an answer, of which the client has read nothing yet.
  static void ExpectWhole(Client& client) {
    const std::string text = client.ReadToEnd();
    EXPECT_EQ(text.substr(0, 15), "HTTP/1.1 200 OK");
    EXPECT_EQ(text.substr(text.size() - 6), "x<EOF>") << text.size() << " bytes";
    EXPECT_GT(text.size(), kAnswer);
  }
  static bool NoneOpen(const WorkerProcess& worker) {
    return Eventually([&] { return worker.page().connections_open.Get() == 0; });
  }

  static WorkerOptions Draining(int milliseconds) {
    WorkerOptions options{.listen = {"127.0.0.1:0"}};
    options.drain_timeout = std::chrono::milliseconds(milliseconds);
    return options;
  }
  // To the end, which is the drain's time-out.
  static void Drain(WorkerProcess& worker) {
    worker.Drain();
    EXPECT_EQ(worker.Wait(), 0);
    EXPECT_EQ(worker.page().connections_open.Get(), 0u);
  }

  const std::string close_ = Request1("/answer", "Connection: close\r\n");
};

TEST_F(ConnectionEndTest, ALineEndTooManyDoesNotCutTheAnswer) {
  WorkerProcess worker(ServeAnswer);
  for (const std::string& request : {close_, std::string("GET /answer HTTP/1.0\r\n\r\n")}) {
    Client client = Ask(worker, request);
    client.Send("\r\n");
    ExpectWhole(client);
  }
  EXPECT_TRUE(NoneOpen(worker));
}

TEST_F(ConnectionEndTest, NorDoesAnythingElseThatComesBehindTheRequest) {
  WorkerProcess worker(ServeAnswer);
  Client client = Ask(worker, close_ + "\r\n");
  for (int i = 0; i < 5; ++i) client.Send(Request1("/answer") + std::string(100'000, 'y'));
  ExpectWhole(client);
}

TEST_F(ConnectionEndTest, NorDoesAClientThatReadsOnlyWhenTheTimeIsOver) {
  WorkerProcess worker(ServeAnswer);
  Client client = Ask(worker, close_);
  client.Send("\r\n");
  EXPECT_FALSE(poll(nullptr, 0, kLingerMs + 500)) << "nothing to wait for but the time";
  client.Send("\r\n");
  ExpectWhole(client);
}

TEST_F(ConnectionEndTest, AClientThatHasEverythingAndNeverClosesIsLeft) {
  WorkerProcess worker(ServeAnswer);
  Client client(worker.address());
  client.Send(Request1("/hello", "Connection: close\r\n"));
  EXPECT_THAT(client.ReadToEnd(), EndsWith("hello<EOF>"));
  EXPECT_TRUE(NoneOpen(worker));
}

TEST_F(ConnectionEndTest, AClientThatReadsNoMoreIsLeftAfterTheSendTimeOut) {
  WorkerOptions options{.listen = {"127.0.0.1:0"}};
  options.send_timeout = std::chrono::milliseconds(50);
  WorkerProcess worker(ServeAnswer, options);
  Client client = Ask(worker, close_);
  EXPECT_TRUE(NoneOpen(worker));
}

TEST_F(ConnectionEndTest, AClientThatSendsWithoutEndHoldsUpNobody) {
  WorkerProcess worker(ServeAnswer);
  Client client = Ask(worker, close_);
  std::atomic<bool> stop = false;
  std::thread sender([&] {
    while (!stop) client.Send(std::string(1 << 20, 'y'));
  });
  for (int i = 0; i < 200; ++i) EXPECT_EQ(Client(worker.address()).Get("/hello").body, "hello");
  stop = true;
  ExpectWhole(client);
  sender.join();
}

TEST_F(ConnectionEndTest, ADrainDoesNotCutItEither) {
  WorkerProcess worker(ServeAnswer, Draining(300));
  Client client = Ask(worker, close_);
  client.Send("\r\n");
  Drain(worker);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
  ExpectWhole(client);
}

TEST_F(ConnectionEndTest, WhatComesWhenTheWorkerHasEndedDoesNotDestroyTheAnswer) {
  WorkerProcess worker(ServeAnswer, Draining(300));
  Client client = Ask(worker, close_);
  Drain(worker);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
  EXPECT_EQ(worker.page().connections_left.Get(), 1u) << "the worker cannot know that it arrives";
  client.Send(Request1("/answer"));
  ExpectWhole(client);
}

TEST_F(ConnectionEndTest, NorDoesWhatComesAllTheTime) {
  WorkerProcess worker(ServeAnswer, Draining(300));
  Client client = Ask(worker, close_);
  const Flood flood(client);
  Drain(worker);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
  EXPECT_EQ(worker.page().connections_left.Get(), 1u);
  ExpectWhole(client);
}

TEST_F(ConnectionEndTest, OfManySlowClientsThatGoOnSendingEachHasItsAnswerWhole) {
  constexpr uint64_t kClients = 100;
  WorkerProcess worker(ServeAnswer, Draining(500));
  std::vector<Client> clients;
  std::vector<std::unique_ptr<Flood>> floods;
  for (uint64_t i = 0; i < kClients; ++i) clients.push_back(Ask(worker, close_));
  for (uint64_t i = 0; i < kClients; i += 10) floods.push_back(std::make_unique<Flood>(clients[i]));
  for (Client& client : clients) client.Send("\r\n");
  Drain(worker);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
  EXPECT_EQ(worker.page().connections_left.Get(), kClients);
  for (Client& client : clients) ExpectWhole(client);
}

TEST_F(ConnectionEndTest, AClientThatHasVanishedIsNeitherCutNorLeft) {
  WorkerProcess worker(ServeAnswer, Draining(300));
  Client client = Ask(worker, close_);
  client.Reset();
  Drain(worker);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
  EXPECT_EQ(worker.page().connections_left.Get(), 0u);
}

TEST_F(ConnectionEndTest, AnIdleConnectionsAnswerIsNotDestroyedByTheNextRequest) {
  WorkerProcess worker(ServeAnswer, Draining(300));
  Client client = Ask(worker, Request1("/answer"));
  Drain(worker);
  EXPECT_EQ(worker.page().connections_ended.Get(), 1u);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
  EXPECT_EQ(worker.page().connections_left.Get(), 1u);
  client.Send(Request1("/answer"));
  ExpectWhole(client);
}

TEST_F(ConnectionEndTest, WhatMayBeResetIsNeverCountedAsNothing) {
  WorkerProcess worker(ServeAnswer, Draining(300), {}, ForbidFilters);
  Client client = Ask(worker, close_);
  const Flood flood(client);
  Drain(worker);
  EXPECT_EQ(worker.page().connections_cut.Get() + worker.page().connections_left.Get(), 1u);
}

TEST_F(ConnectionEndTest, WhatTheClientHasAcknowledgedIsNeitherCutNorLeft) {
  WorkerProcess worker(ServeAnswer, Draining(300));
  Client client(worker.address()), idle(worker.address());
  client.Send(Request1("/hello", "Connection: close\r\n"));
  EXPECT_THAT(client.ReadToEnd(), EndsWith("hello<EOF>"));
  EXPECT_EQ(idle.Get("/hello").body, "hello");
  Drain(worker);
  EXPECT_EQ(worker.page().connections_ended.Get(), 1u);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
  EXPECT_EQ(worker.page().connections_left.Get(), 0u);
}

// The worker stops itself when it cuts what is not answered, so that no time passes meanwhile.
TEST_F(ConnectionEndTest, AnAnswerThatIsCompleteIsNotCutTogetherWithWhatIsNotAnswered) {
  WorkerProcess worker(
      [](Worker& w) {
        ServeAnswer(w);
        w.Handle("/never", [&w](const Request&, Response r) {
          r.OnAbort([&w, r] { w.After(std::chrono::milliseconds(0), [] { raise(SIGSTOP); }); });
        });
      },
      Draining(300));
  Client taking = Ask(worker, Request1("/large"));
  Client waiting(worker.address());
  waiting.Send(Request1("/never"));
  EXPECT_TRUE(Eventually([&] { return worker.page().requests_open.Get() == 1; }));
  worker.Drain();
  worker.AwaitStop();
  EXPECT_EQ(worker.page().connections_cut.Get(), 1u);
  EXPECT_EQ(worker.page().connections_open.Get(), 1u);
  worker.Signal(SIGCONT);
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.page().connections_cut.Get(), 2u) << "the client has not read on";
}

TEST_F(ConnectionEndTest, AnAnswerThatTheKernelHasNotTakenIsCut) {
  WorkerProcess worker(ServeAnswer, Draining(300));
  Client slow = Ask(worker, Request1("/large", "Connection: close\r\n"));
  Client pipelining = Ask(worker, Request1("/large") + Request1("/hello"));
  Drain(worker);
  EXPECT_EQ(worker.page().connections_cut.Get(), 2u);
  EXPECT_EQ(worker.page().connections_left.Get(), 0u);
}

}  // namespace
}  // namespace rollport::worker
