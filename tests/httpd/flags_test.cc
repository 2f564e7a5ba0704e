// What the command line of rollport-httpd turns on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <sstream>
#include <string>

#include "httpd/settings.h"
#include "os/notify_socket.h"
#include "tests/httpd/httpd_process.h"

namespace rollport::httpd {
namespace {

std::string Contents(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Flags : public testing::Test {
 protected:
  Flags() { site_.Write("hi.txt", "hi\n"); }
  Site site_;
};

TEST_F(Flags, HealthIsAnswered) {
  const HttpdProcess httpd(site_);
  EXPECT_EQ(httpd.Get("/healthz").status, 200);
  EXPECT_EQ(httpd.Get("/debug/echo").status, 404);
}

TEST_F(Flags, ShowGenerationOnEveryAnswer) {
  HttpdProcess httpd(site_, {"--show-generation"});
  for (const char* target : {"/hi.txt", "/nothing", "/healthz", "/%00", "bad"}) {
    const Answer answer = httpd.Get(target);
    EXPECT_EQ(answer.fields.at("X-Rollport-Generation"), "-") << target;
    EXPECT_EQ(answer.fields.at("X-Rollport-Slot"), "-") << target;
  }
}

TEST_F(Flags, AccessLogHasALineForEachAnswer) {
  const std::string file = site_.path("../log");
  const auto is_line = testing::MatchesRegex(
      R"re(127\.0\.0\.1 - - \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} \+0000\] )re"
      R"re("GET /hi\.txt\?\\x22 HTTP/1\.1" 200 3)re");
  for (const std::string& where : {std::string("-"), file}) {
    HttpdProcess httpd(site_, {"--access-log", where});
    httpd.Get("/hi.txt?\"");
    httpd.Get("/hi.txt?\"");
    const std::string out = httpd.Stop();
    std::stringstream log(where == "-" ? out : Contents(file));
    std::string text;
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(std::getline(log, text));
      EXPECT_THAT(text, is_line);
    }
    EXPECT_FALSE(std::getline(log, text)) << text;
  }
}

TEST_F(Flags, AccessLogSaysWhatTheClientSaid) {
  HttpdProcess httpd(site_, {"--access-log", "-"});
  for (const char* request : {"GET /hi.txt HTTP/1.0\r\n\r\n",
                              "GET /hi.txt HTTP/1.2\r\nHost: h\r\n\r\n", "rubbish\r\n\r\n"}) {
    Client client = httpd.Connect();
    client.Send(request);
    client.Read();
  }
  const std::string log = httpd.Stop();
  EXPECT_THAT(log, testing::HasSubstr("\"GET /hi.txt HTTP/1.0\" 200 3\n"));
  EXPECT_THAT(log, testing::HasSubstr("\"GET /hi.txt HTTP/1.2\" 200 3\n"));
  EXPECT_THAT(log, testing::HasSubstr("] \"-\" 400 "));
}

TEST_F(Flags, AnAccessLogThatIsNotReadDelaysNoRequest) {
  HttpdProcess httpd(site_, {"--access-log", "-"});
  Client client = httpd.Connect();
  // More than a pipe holds.
  const std::string target = "/" + std::string(2000, 'x');
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.Get(target).status, 404);
}

TEST_F(Flags, MaxBodyBoundsTheBody) {
  const HttpdProcess httpd(site_, {"--debug-endpoints", "--max-body", "1k"});
  for (const size_t size : {1024, 1025}) {
    Client client = httpd.Connect();
    client.Send(
        Request1("/debug/echo", "Content-Length: " + std::to_string(size) + "\r\n", "POST"));
    client.Send(std::string(size, 'x'));
    EXPECT_EQ(client.Read().status, size == 1024 ? 200 : 413);
  }
}

class Debug : public testing::Test {
 protected:
  const Site site_;
  HttpdProcess httpd_{site_, {"--debug-endpoints"}};
};

TEST_F(Debug, EchoReturnsTheBodyOfAnyMethod) {
  Client client = httpd_.Connect();
  for (const char* method : {"POST", "PUT", "DELETE", "GET"}) {
    client.Send(Request1("/debug/echo", "Content-Type: text/x\r\nContent-Length: 4\r\n", method));
    client.Send("body");
    const Answer answer = client.Read();
    EXPECT_EQ(answer.body, "body");
    EXPECT_EQ(answer.fields.at("Content-Type"), "text/x");
  }
}

TEST_F(Debug, SleepBlocksNoOtherRequest) {
  Client slow = httpd_.Connect();
  slow.Send(Request1("/debug/sleep?ms=150"));
  EXPECT_EQ(httpd_.Get("/debug/sleep?ms=0").body, "slept 0 ms\n");
  EXPECT_FALSE(slow.Readable(0));
  EXPECT_EQ(slow.Read().body, "slept 150 ms\n");
}

TEST_F(Debug, StreamSendsItsChunks) {
  EXPECT_EQ(httpd_.Get("/debug/stream?chunks=3&ms=2").body, "chunk 1\nchunk 2\nchunk 3\n");
  const Answer many = httpd_.Get("/debug/stream?chunks=50000");
  EXPECT_TRUE(many.chunked);
  EXPECT_TRUE(many.body.ends_with("\nchunk 50000\n"));
  EXPECT_EQ(many.error, "");
  EXPECT_EQ(httpd_.Get("/debug/stream?chunks=0").body, "");
}

TEST_F(Debug, AStreamEndsWithItsClient) {
  {
    Client client = httpd_.Connect();
    client.Send(Request1("/debug/stream?chunks=1000000000"));
    ASSERT_TRUE(client.Readable(10'000));
    client.Reset();
  }
  EXPECT_EQ(httpd_.Get("/healthz").status, 200);
  // Ends at once, and cleanly: the stream is not under way any more.
  httpd_.Stop();
}

TEST_F(Debug, WrongNumbersAreAnsweredWith400) {
  for (const char* target : {"/debug/sleep?ms=x", "/debug/sleep?ms=-1", "/debug/sleep?ms=3600001",
                             "/debug/stream?chunks=1&ms=", "/debug/stream?chunks=1e3"}) {
    EXPECT_EQ(httpd_.Get(target).status, 400) << target;
  }
}

TEST_F(Debug, ASleeperIsAnsweredInADrain) {
  Client slow = httpd_.Connect();
  slow.Send(Request1("/debug/sleep?ms=300"));
  EXPECT_EQ(httpd_.Get("/healthz").status, 200);  // the sleeper's request is in
  httpd_.Signal(SIGTERM);
  const Answer answer = slow.Read();
  EXPECT_EQ(answer.body, "slept 300 ms\n");
  EXPECT_FALSE(answer.keep_alive);
  EXPECT_TRUE(httpd_.Wait().clean());
}

class Faults : public Flags {
 protected:
  absl::StatusOr<os::NotifySocket> notify_ = os::NotifySocket::Create(site_.path("../notify"));
  const std::vector<std::string> environment_ = {"NOTIFY_SOCKET=" + site_.path("../notify")};
};

TEST_F(Faults, ExitAtStart) {
  const Finished finished = RunHttpd({"--debug-endpoints", "--fault", "exit-at-start"});
  EXPECT_EQ(finished.exit.code, 1);
  EXPECT_NE(finished.err.find("--fault"), std::string::npos);
}

TEST_F(Faults, NeverReadyServesButDoesNotSaySo) {
  HttpdProcess httpd(site_, {"--debug-endpoints", "--fault", "never-ready"}, environment_);
  EXPECT_EQ(httpd.Get("/healthz").status, 200);
  httpd.Stop();
  EXPECT_FALSE(notify_->Read()->has_value());
}

TEST_F(Faults, HangAfterReadySaysReadyAndAnswersNothing) {
  const HttpdProcess httpd(site_, {"--debug-endpoints", "--fault", "hang-after-ready"},
                           environment_);
  const absl::StatusOr<std::optional<os::NotifyMessage>> message = notify_->Read();
  ASSERT_TRUE(message->has_value());
  EXPECT_EQ((*message)->Get("READY"), "1");
  Client client = httpd.Connect();
  client.Send(Request1("/healthz"));
  EXPECT_FALSE(client.Readable(100));
}

TEST_F(Faults, HangAfterAnswersUntilThen) {
  const HttpdProcess httpd(site_, {"--debug-endpoints", "--fault", "hang-after=300ms"});
  Client client = httpd.Connect();
  for (int answers = 0;; ++answers) {
    client.Send(Request1("/healthz"));
    if (client.Readable(2000)) {
      EXPECT_EQ(client.Read().status, 200);
      continue;
    }
    EXPECT_GT(answers, 0);
    break;
  }
}

TEST_F(Faults, UnhealthyAnswers500) {
  const HttpdProcess httpd(site_, {"--debug-endpoints", "--fault", "unhealthy"});
  EXPECT_EQ(httpd.Get("/healthz").status, 500);
  EXPECT_EQ(httpd.Get("/hi.txt").status, 200);
}

TEST_F(Faults, ExitAfter) {
  HttpdProcess httpd(site_, {"--debug-endpoints", "--fault", "exit-after=100ms"});
  EXPECT_EQ(httpd.Get("/hi.txt").status, 200);
  EXPECT_EQ(httpd.Wait().code, 1);
}

TEST(CommandLine, AMistakeIsOneLine) {
  struct Case {
    std::vector<std::string> flags;
    int status;
    std::string line;
  };
  const std::string see = " (see --help)\n";
  for (const Case& c : std::vector<Case>{
           {{"--fault", "x"},
            2,
            "--fault: \"x\" is not a fault: exit-at-start, never-ready, "
            "unhealthy, hang-after-ready, errors, exit-after=DURATION, hang-after=DURATION, "
            "slow=DURATION" +
                see},
           {{"--fault", "unhealthy"}, 2, "--fault requires --debug-endpoints" + see},
           {{"--max-body", "many"}, 2, "--max-body: \"many\" is not a size like 64k or 1M" + see},
           {{"--drain-timeout", "-1s"},
            2,
            "--drain-timeout: \"-1s\" is not a duration like 30s" + see},
           {{"x"}, 2, "The following argument was not expected: x" + see},
           {{"--root", "/nothing/here"},
            1,
            "open folder /nothing/here: No such file or directory\n"},
           {{"--access-log", "/nothing/here"},
            1,
            "open access log /nothing/here: No such file or directory\n"},
       }) {
    const Finished finished = RunHttpd(c.flags);
    EXPECT_EQ(finished.exit.code, c.status);
    EXPECT_EQ(finished.err, "rollport-httpd: " + c.line);
    EXPECT_EQ(finished.out, "");
  }
}

TEST(CommandLine, HelpAndVersionGoToStandardOutput) {
  for (const char* flag : {"--help", "--version"}) {
    const Finished finished = RunHttpd({flag});
    EXPECT_EQ(finished.exit.code, 0);
    EXPECT_NE(finished.out.find("rollport-httpd"), std::string::npos);
    EXPECT_TRUE(finished.out.ends_with("\n"));
    EXPECT_EQ(finished.err, "");
  }
}

}  // namespace
}  // namespace rollport::httpd
