// Requests and answers through a real socket.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/worker_process.h"

namespace rollport::worker {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// What the tests ask of their worker.
void ServeExchange(Worker& worker) {
  worker.Handle("/hello", [](const Request&, Response r) { r.Send(200, "text/plain", "hello"); });
  worker.Handle("/echo", [](const Request& q, Response r) {
    r.Send(200, "application/octet-stream", q.body(), {{"X-Method", std::string(q.method())}});
  });
  worker.Handle("/below/", [](const Request& q, Response r) { r.Send(200, "", q.path()); });
  worker.Handle("/request", [](const Request& q, Response r) {
    r.Send(200, "text/plain",
           std::string(q.target()) + "|" + std::string(q.path()) + "|" + std::string(q.query()) +
               "|" + q.query_value("a").value_or("-") + "|" +
               std::string(q.header("x-thing").value_or("-")) + "|" +
               q.header_list("X-THING").value_or("-") + "|" + q.peer());
  });
  worker.Handle("/empty", [](const Request&, Response r) { r.Send(204, "text/plain", "lost"); });
  worker.Handle("/forgotten", [](const Request&, Response) {});
  worker.Handle("/evil", [](const Request&, Response r) {
    r.Send(200, "", "x", {{"A", "b\r\nC: d"}, {"content-length", "99"}, {"Connection", "upgrade"}});
  });
  worker.Handle("/later", [&worker](const Request& q, Response r) {
    worker.After(std::chrono::milliseconds(5), [q, r]() mutable { r.Send(200, "", q.target()); });
  });
  worker.Handle("/stream", [&worker](const Request&, Response r) {
    r.Start(200, "text/plain");
    r.Write("one,");
    worker.After(std::chrono::milliseconds(1), [r]() mutable {
      r.Write("two");
      r.End();
      r.End();
      r.Write("too late");
    });
  });
  worker.Handle("/half", [](const Request&, Response r) {
    r.Start(200, "text/plain");
    r.Write("half");
  });
}

class ExchangeTest : public testing::Test {
 protected:
  WorkerProcess worker_{ServeExchange};
  Client client_{worker_.address()};
};

TEST_F(ExchangeTest, AnswersOneAfterTheOtherOnOneConnection) {
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client_.Get("/hello");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_TRUE(answer.keep_alive);
    EXPECT_EQ(answer.fields.at("Content-Type"), "text/plain");
    EXPECT_EQ(answer.fields.at("Server"), "rollport");
    EXPECT_THAT(answer.fields.at("Date"), EndsWith(" GMT"));
  }
  EXPECT_EQ(worker_.page().connections_accepted.Get(), 1u);
  EXPECT_EQ(worker_.page().connections_open.Get(), 1u);
  EXPECT_EQ(worker_.page().responses[2].Get(), 3u);
  EXPECT_EQ(worker_.page().requests_open.Get(), 0u);
}

TEST_F(ExchangeTest, PipelinedRequestsAreAnsweredInOrder) {
  std::string all;
  for (int i = 0; i < 500; ++i) {
    all += Request1("/below/" + std::to_string(i));
    if (i % 7 == 0) all += Request1("/later");
    if (i % 11 == 0) all += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  }
  client_.Send(all);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(client_.Read().body, "/below/" + std::to_string(i));
    if (i % 7 == 0) {
      ASSERT_EQ(client_.Read().body, "/later");
    }
    if (i % 11 == 0) {
      ASSERT_EQ(client_.Read().body, "abc");
    }
  }
}

TEST_F(ExchangeTest, ARequestByteByByte) {
  for (const char c : Request1("/request?a=%31+2&b", "X-Thing: t\r\n")) client_.Send({&c, 1});
  EXPECT_THAT(client_.Read().body,
              StartsWith("/request?a=%31+2&b|/request|a=%31+2&b|1 2|t|t|127.0.0.1:"));
}

TEST_F(ExchangeTest, ALineOfAFieldAndAllOfIt) {
  client_.Send(Request1("/request", "X-Thing: a, b\r\nY: z\r\nx-thing:\r\nX-THING: c\r\n"));
  EXPECT_THAT(client_.Read().body, HasSubstr("|a, b|a, b, , c|"));
  client_.Send(Request1("/request"));
  EXPECT_THAT(client_.Read().body, HasSubstr("|-|-|-|"));
}

TEST_F(ExchangeTest, RoutesByTheLongestPath) {
  EXPECT_EQ(client_.Get("/below/x/y").body, "/below/x/y");
  EXPECT_EQ(client_.Get("/below/").body, "/below/");
  EXPECT_EQ(client_.Get("http://h/below/z?q").body, "/below/z");
  EXPECT_EQ(client_.Get("/below").status, 404);
  EXPECT_EQ(client_.Get("/hello/").status, 404);
  EXPECT_EQ(client_.Get("/healthz").body, "ok\n");
  EXPECT_EQ(worker_.page().responses[4].Get(), 2u);
}

TEST_F(ExchangeTest, HeadHasNoContentButItsLength) {
  client_.Send(Request1("/hello", "", "HEAD") + Request1("/stream", "", "HEAD"));
  const Answer answer = client_.Read("HEAD");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.fields.at("Content-Length"), "5");
  EXPECT_TRUE(client_.Read("HEAD").chunked);
  EXPECT_EQ(client_.Get("/hello").body, "hello");
}

TEST_F(ExchangeTest, NoContentIsNoContent) {
  const Answer answer = client_.Get("/empty");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.fields.count("Content-Length"), 0u);
  EXPECT_EQ(client_.Get("/hello").body, "hello");
}

TEST_F(ExchangeTest, BodiesByLengthAndInChunks) {
  const std::string big(600'000, 'x');
  client_.Send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 600000\r\n\r\n" + big);
  Answer answer = client_.Read();
  EXPECT_EQ(answer.body, big);
  EXPECT_EQ(answer.fields.at("X-Method"), "PUT");
  client_.Send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  client_.Send("3;x\r\nabc\r\n");
  client_.Send("10\r\n0123456789abcdef\r\n0\r\nT: u\r\n\r\n");
  EXPECT_EQ(client_.Read().body, "abc0123456789abcdef");
}

TEST_F(ExchangeTest, ContinueIsSaidOnlyToAClientThatWaitsForIt) {
  client_.Send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  char bytes[64] = {};
  ASSERT_GT(recv(client_.fd(), bytes, sizeof bytes, 0), 0);
  EXPECT_STREQ(bytes, "HTTP/1.1 100 Continue\r\n\r\n");
  client_.Send("abc");
  EXPECT_EQ(client_.Read().body, "abc");
  client_.Send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"
      "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client_.ReadToEnd(), StartsWith("HTTP/1.1 200"));
}

TEST_F(ExchangeTest, TheFinalAnswerInsteadOfContinue) {
  client_.Send("POST /no HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_THAT(client_.ReadToEnd(), StartsWith("HTTP/1.1 404"));
  Client other(worker_.address());
  other.Send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
  EXPECT_THAT(other.ReadToEnd(), StartsWith("HTTP/1.1 413"));
}

TEST_F(ExchangeTest, StreamsInChunksAndToHttp10UntilTheClose) {
  Answer answer = client_.Get("/stream");
  EXPECT_TRUE(answer.chunked);
  EXPECT_EQ(answer.body, "one,two");
  EXPECT_EQ(client_.Get("/hello").body, "hello");
  Client old(worker_.address());
  old.Send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  answer = old.Read();
  EXPECT_FALSE(answer.chunked);
  EXPECT_FALSE(answer.keep_alive);
  EXPECT_EQ(answer.body, "one,two");
}

TEST_F(ExchangeTest, Http10ClosesUnlessAskedToStay) {
  client_.Send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(client_.Read().keep_alive);
  client_.Send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client_.ReadToEnd(), EndsWith("Connection: close\r\n\r\nhello<EOF>"));
}

TEST_F(ExchangeTest, AHandlerThatForgetsToAnswer) {
  EXPECT_EQ(client_.Get("/forgotten").status, 500);
  EXPECT_EQ(client_.Get("/hello").status, 200);
}

TEST_F(ExchangeTest, AnAnswerThatIsNeverCompletedIsNotMadeToLookComplete) {
  EXPECT_THAT(client_.Get("/half").error, StartsWith("closed"));
  EXPECT_EQ(worker_.page().requests_open.Get(), 0u);
}

TEST_F(ExchangeTest, NoHeaderCanBreakTheFraming) {
  const Answer answer = client_.Get("/evil");
  EXPECT_EQ(answer.body, "x");
  EXPECT_EQ(answer.fields.at("A"), "b  C: d");
  EXPECT_TRUE(answer.keep_alive);
}

TEST_F(ExchangeTest, AHalfClosedClientStillGetsItsAnswers) {
  client_.Send(Request1("/later") + Request1("/hello"));
  client_.ShutdownWrite();
  EXPECT_EQ(client_.Read().body, "/later");
  EXPECT_EQ(client_.Read().body, "hello");
  EXPECT_EQ(client_.ReadToEnd(), "<EOF>");
}

TEST(ErrorAnswerTest, TheClientSeesItAlthoughItIsStillSending) {
  WorkerProcess worker(ServeExchange);
  struct {
    std::string bytes;
    const char* status;
  } cases[] = {
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n" +
           std::string(3'000'000, 'x'),
       "HTTP/1.1 413"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2'000'000, 'x'), "HTTP/1.1 431"},
      {"GET /" + std::string(2'000'000, 'x'), "HTTP/1.1 414"},
      {"GET / HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n" + std::string(2'000'000, 'x'), "HTTP/1.1 400"},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", "HTTP/1.1 505"},
      {"\x16\x03\x01\x02", "HTTP/1.1 400"},
  };
  for (const auto& c : cases) {
    Client client(worker.address());
    client.Send(c.bytes);
    const std::string text = client.ReadToEnd();
    EXPECT_THAT(text, StartsWith(c.status));
    EXPECT_THAT(text, HasSubstr("Connection: close"));
    EXPECT_THAT(text, EndsWith("<EOF>"));
  }
}

}  // namespace
}  // namespace rollport::worker
