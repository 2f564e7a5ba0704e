// How a connection ends: so that the client has every answer whole, whatever it sends meanwhile and
// however slowly it reads (RFC 9112 section 9.6).
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/eventually.h"
#include "tests/worker/worker_process.h"

namespace rollport::worker {
namespace {

using testing::EndsWith;

constexpr size_t kAnswer = 600'000;  // bytes; fits in the worker's send queue

void ServeAnswer(Worker& worker) {
  worker.Handle("/answer",
                [](const Request&, Response r) { r.Send(200, "", std::string(kAnswer, 'x')); });
  worker.Handle("/hello", [](const Request&, Response r) { r.Send(200, "", "hello"); });
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
  WorkerOptions options{.listen = {"127.0.0.1:0"}};
  options.drain_timeout = std::chrono::milliseconds(300);
  WorkerProcess worker(ServeAnswer, options);
  Client client = Ask(worker, close_);
  client.Send("\r\n");
  worker.Drain();
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
  ExpectWhole(client);
}

}  // namespace
}  // namespace rollport::worker
