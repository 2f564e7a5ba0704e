// Clients that are slow, many, or gone; and the descriptors they leave behind: none.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/eventually.h"
#include "tests/worker/skip_under_sanitizer.h"
#include "tests/worker/worker_process.h"

namespace rollport::worker {
namespace {

using testing::EndsWith;
using testing::StartsWith;

constexpr size_t kBig = 32 << 20;

int MakeFile(size_t size) {
  const int fd = memfd_create("file", MFD_CLOEXEC);
  std::string bytes;
  for (size_t i = 0; bytes.size() < size; ++i) absl::StrAppend(&bytes, i, "\n");
  bytes.resize(size);
  if (write(fd, bytes.data(), size) != static_cast<ssize_t>(size)) abort();
  return fd;
}

void WriteUntilFull(Response r, std::shared_ptr<size_t> left, std::shared_ptr<int> waits) {
  const std::string piece(1000, 'x');
  while (*left > 0) {
    --*left;
    if (!r.Write(piece)) {
      ++*waits;
      r.OnWritable([=] { WriteUntilFull(r, left, waits); });
      return;
    }
  }
  r.End();
}

void ServeLimited(Worker& worker) {
  auto aborts = std::make_shared<int>(0);
  auto waits = std::make_shared<int>(0);
  auto held = std::make_shared<std::vector<Response>>();
  worker.Handle("/hello", [](const Request&, Response r) { r.Send(200, "", "hello"); });
  worker.Handle("/echo", [](const Request& q, Response r) { r.Send(200, "", q.body()); });
  worker.Handle("/big",
                [](const Request&, Response r) { r.Send(200, "", std::string(kBig, 'x')); });
  worker.Handle("/file", [](const Request&, Response r) {
    r.SendFile(200, "text/plain", MakeFile(kBig), 100, kBig - 100);
  });
  worker.Handle("/short", [](const Request&, Response r) {
    r.SendFile(200, "text/plain", MakeFile(1000), 0, 2000);
  });
  worker.Handle("/stream", [waits](const Request&, Response r) {
    r.Start(200, "");
    WriteUntilFull(r, std::make_shared<size_t>(20'000), waits);
  });
  worker.Handle("/waits",
                [waits](const Request&, Response r) { r.Send(200, "", std::to_string(*waits)); });
  worker.Handle("/hold", [aborts, held](const Request&, Response r) {
    r.OnAbort([aborts] { ++*aborts; });
    held->push_back(r);
  });
  worker.Handle("/aborts", [aborts, held](const Request&, Response r) {
    int aborted = 0;
    for (Response& h : *held) aborted += h.aborted() ? 1 : 0;
    r.Send(200, "", absl::StrCat(*aborts, " ", aborted));
  });
}

// CPU time in user mode of all children that have been waited for, in milliseconds.
int64_t ChildrensMillis() {
  rusage usage;
  if (getrusage(RUSAGE_CHILDREN, &usage) != 0) abort();
  return usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000;
}

WorkerOptions Options(int timeout_ms) {
  WorkerOptions options;
  options.listen = {"127.0.0.1:0"};
  options.head_timeout = options.body_timeout = options.send_timeout = options.idle_timeout =
      std::chrono::milliseconds(timeout_ms);
  return options;
}

TEST(TimeoutTest, AHeadThatDoesNotComeIs408) {
  WorkerProcess worker(ServeLimited, Options(50));
  Client client(worker.address());
  client.Send("GET / HTTP/1.1\r\n");
  EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 408"));
}

TEST(TimeoutTest, AHeadThatDripsIs408) {
  WorkerProcess worker(ServeLimited, Options(100));
  Client client(worker.address());
  client.Send("GET / HTTP/1.1\r\nX: ");
  // More often than the time-out.
  while (!client.Readable(10)) client.Send("x");
  EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 408"));
}

TEST(TimeoutTest, ABodyThatDoesNotComeIs408) {
  WorkerProcess worker(ServeLimited, Options(50));
  Client client(worker.address());
  client.Send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nx");
  EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 408"));
}

TEST(TimeoutTest, ABodyThatDripsIs408) {
  WorkerOptions options = Options(100);
  options.min_body_rate = 1'000'000;
  WorkerProcess worker(ServeLimited, options);
  for (const char* framing : {"Content-Length: 100000", "Transfer-Encoding: chunked"}) {
    Client client(worker.address());
    client.Send(absl::StrCat("POST /echo HTTP/1.1\r\nHost: h\r\n", framing, "\r\n\r\n"));
    int sent = 0;
    // More often than the time-out.
    for (; sent < 1000 && !client.Readable(10); ++sent) client.Send("1\r\nx\r\n");
    EXPECT_LT(sent, 1000) << framing;
    EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 408"));
  }
}

TEST(TimeoutTest, NothingAtAllIsClosedWithoutAWord) {
  WorkerProcess worker(ServeLimited, Options(50));
  Client fresh(worker.address()), idle(worker.address());
  EXPECT_EQ(idle.Get("/hello").body, "hello");
  EXPECT_EQ(fresh.ReadToEnd(), "<EOF>");
  EXPECT_EQ(idle.ReadToEnd(), "<EOF>");
}

TEST(TimeoutTest, LineEndsThatDripGiveNoMoreTime) {
  WorkerProcess worker(ServeLimited, Options(200));
  Client fresh(worker.address()), idle(worker.address());
  EXPECT_EQ(idle.Get("/hello").body, "hello");
  for (Client* client : {&fresh, &idle}) {
    int sent = 0;
    // More often than the time-out; each is a wait of its own.
    for (; sent < 500 && !client->Readable(10); ++sent) client->Send(sent % 2 == 0 ? "\r" : "\n");
    EXPECT_LT(sent, 500) << "they never end";
  }
  Client patient(worker.address());
  patient.Send("\r\n\r\n\r");
  patient.Send("\n" + Request1("/hello"));
  EXPECT_EQ(patient.Read().body, "hello");
}

TEST(TimeoutTest, AReaderThatDoesNotReadIsLeft) {
  WorkerProcess worker(ServeLimited, Options(100));
  Client client(worker.address());
  client.Send(Request1("/big"));
  EXPECT_TRUE(Eventually([&] {
    return worker.page().connections_accepted.Get() == 1 &&
           worker.page().connections_open.Get() == 0;
  }));
}

TEST(OutputTest, FilesGoByTheKernel) {
  WorkerProcess worker(ServeLimited);
  Client client(worker.address());
  const Answer whole = client.Get("/file");
  EXPECT_EQ(whole.body.size(), kBig - 100);
  const os::UniqueFd file(MakeFile(kBig));
  std::string want(kBig - 100, '\0');
  ASSERT_EQ(pread(file.get(), want.data(), want.size(), 100), static_cast<ssize_t>(want.size()));
  EXPECT_TRUE(whole.body == want);
  client.Send(Request1("/file", "", "HEAD"));
  EXPECT_EQ(client.Read("HEAD").fields.at("Content-Length"), std::to_string(kBig - 100));
  EXPECT_EQ(client.Get("/hello").body, "hello");
}

TEST(OutputTest, AFileThatShrankCutsTheConnection) {
  WorkerProcess worker(ServeLimited);
  Client client(worker.address());
  const Answer answer = client.Get("/short");
  EXPECT_EQ(answer.body.size(), 1000u);
  EXPECT_EQ(answer.error, "closed in the middle of a message");
}

TEST(OutputTest, AStreamWaitsForItsReader) {
  WorkerProcess worker(ServeLimited);
  Client client(worker.address());
  const Answer answer = client.Get("/stream");
  EXPECT_EQ(answer.body.size(), 20'000'000u);
  EXPECT_GT(std::stoi(client.Get("/waits").body), 10);
}

TEST(AbortTest, AHandlerIsToldThatItsClientHasGone) {
  WorkerProcess worker(ServeLimited);
  Client gone(worker.address()), other(worker.address());
  gone.Send(Request1("/hold"));
  ASSERT_TRUE(Eventually([&] { return worker.page().requests_open.Get() == 1; }));
  EXPECT_EQ(other.Get("/aborts").body, "0 0");
  gone.Reset();
  ASSERT_TRUE(Eventually([&] { return worker.page().requests_open.Get() == 0; }));
  EXPECT_EQ(other.Get("/aborts").body, "1 1");
}

TEST(AcceptTest, AboveTheMostConnectionsOthersWait) {
  WorkerOptions options = Options(20'000);
  options.max_connections = 2;
  WorkerProcess worker(ServeLimited, options);
  auto a = std::make_unique<Client>(worker.address());
  auto b = std::make_unique<Client>(worker.address());
  EXPECT_EQ(a->Get("/hello").body, "hello");
  EXPECT_EQ(b->Get("/hello").body, "hello");
  Client c(worker.address());
  c.Send(Request1("/hello"));
  EXPECT_FALSE(c.Readable(100));
  a.reset();
  EXPECT_EQ(c.Read().body, "hello");
  EXPECT_EQ(worker.page().connections_open.Get(), 2u);
}

TEST(AcceptTest, WithoutDescriptorsItWaitsAndDoesNotSpin) {
  SKIP_UNDER_SANITIZER();
  WorkerProcess worker(ServeLimited, {.listen = {"127.0.0.1:0"}}, {}, [] {
    const rlimit few{.rlim_cur = 24, .rlim_max = 24};
    setrlimit(RLIMIT_NOFILE, &few);
  });
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(std::make_unique<Client>(worker.address()));
    clients.back()->Send(Request1("/hello"));
  }
  poll(nullptr, 0, 200);
  // Each is answered in its turn, when one before it has gone.
  for (auto& client : clients) {
    EXPECT_EQ(client->Read().body, "hello");
    client.reset();
  }
  worker.Drain();
  const int64_t before = ChildrensMillis();
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_LT(ChildrensMillis() - before, 1000);
}

TEST(AcceptTest, ADrainWaitsForDescriptorsRatherThanLoseTheQueue) {
  SKIP_UNDER_SANITIZER();
  WorkerProcess worker(ServeLimited, {.listen = {"127.0.0.1:0"}}, {}, [] {
    const rlimit few{.rlim_cur = 24, .rlim_max = 24};
    setrlimit(RLIMIT_NOFILE, &few);
  });
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 60; ++i) clients.push_back(std::make_unique<Client>(worker.address()));
  worker.Drain();
  for (auto& client : clients) {
    EXPECT_EQ(client->Get("/hello").body, "hello");
    client.reset();
  }
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.page().connections_cut.Get(), 0u);
}

TEST(AcceptTest, WhatHasWaitedForDescriptorsToTheEndOfTheDrainIsAnsweredOrCut) {
  SKIP_UNDER_SANITIZER();
  WorkerOptions options{.listen = {"127.0.0.1:0"}};
  options.drain_timeout = std::chrono::milliseconds(1000);
  WorkerProcess worker(ServeLimited, options, {}, [] {
    const rlimit few{.rlim_cur = 24, .rlim_max = 24};
    setrlimit(RLIMIT_NOFILE, &few);
  });
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(std::make_unique<Client>(worker.address()));
    // The first ones take all descriptors and ask for nothing.
    if (i >= 30) clients.back()->Send(Request1("/hello"));
  }
  worker.Drain();
  EXPECT_EQ(worker.Wait(), 0);
  EXPECT_EQ(worker.page().connections_accepted.Get(), 60u);
  EXPECT_EQ(worker.page().connections_cut.Get(), 30u);
  for (int i = 30; i < 60; ++i) EXPECT_EQ(clients[i]->Read().body, "hello") << i;
}

TEST(LeakTest, NoDescriptorIsLeftBehind) {
  WorkerProcess worker(ServeLimited, Options(300));
  // Once the worker has settled: at its start it looks into /proc.
  Client(worker.address()).Get("/hello");
  ASSERT_TRUE(Eventually([&] { return worker.page().connections_open.Get() == 0; }));
  const size_t before = worker.descriptors();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {
    auto client = std::make_unique<Client>(worker.address());
    switch (i % 8) {
      case 0:
        client->Get("/hello");
        break;
      case 1:
        client->Send(Request1("/file"));
        break;
      case 2:
        client->Send("rubbish\r\n\r\n");
        break;
      case 3:
        client->Send(Request1("/hold"));
        client->Reset();
        break;
      case 4:
        client->Send(Request1("/stream"));
        client->Readable(1000);
        client->Reset();
        break;
      case 5:
        client->Get("/short");
        break;
      case 6:
        client->Send(Request1("/file", "", "HEAD"));
        client->Read("HEAD");
        break;
      default:
        client->Send("GET /");
        break;
    }
    clients.push_back(std::move(client));
  }
  ASSERT_TRUE(Eventually([&] { return worker.page().connections_accepted.Get() == 51; }));
  clients.clear();
  EXPECT_TRUE(Eventually([&] {
    return worker.page().connections_open.Get() == 0 && worker.descriptors() == before;
  })) << worker.page().connections_open.Get()
      << " open, " << worker.descriptors() << " descriptors, " << before << " before";
  EXPECT_EQ(worker.page().requests_open.Get(), 0u);
}

}  // namespace
}  // namespace rollport::worker
