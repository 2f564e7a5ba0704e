#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/parser.h"
#include "tests/http/parser_script.h"

namespace rollport::http {
namespace {

using testing::EndsWith;

struct ResponseCase {
  std::string bytes;
  std::string want;
  std::string method = "GET";
  bool eof = false;
};

std::string ParseAll(const ResponseCase& c) {
  Script<ResponseParser> script;
  script.parser().ExpectResponseTo(c.method);
  script.Feed(c.bytes);
  if (c.eof) script.Eof();
  return script.text();
}

TEST(ResponseParserTest, FindsTheEndOfEachKindOfResponse) {
  const std::string length = "Content-Length: 3\r\n";
  const ResponseCase cases[] = {
      {"HTTP/1.1 200 OK\r\n" + length + "\r\nabc",
       "[200 OK 1.1 keep length=3|Content-Length=3]abc."},
      {"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "[200  1.1 keep length=0|Content-Length=0]."},
      {"HTTP/1.1 200 OK\r\n" + length + "\r\n", "[200 OK 1.1 keep length=3|Content-Length=3].",
       "HEAD"},
      {"HTTP/1.1 304 Not Modified\r\n" + length + "\r\n",
       "[304 Not Modified 1.1 keep length=3|Content-Length=3]."},
      {"HTTP/1.1 204 No Content\r\n\r\n", "[204 No Content 1.1 keep]."},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
       "[200 OK 1.1 keep chunked|Transfer-Encoding=chunked]abc."},
      {"HTTP/1.1 200 OK\r\n\r\nabc", "[200 OK 1.1 close]abc", "GET"},
      {"HTTP/1.1 200 OK\r\n\r\nabc", "[200 OK 1.1 close]abc.", "GET", true},
      {"HTTP/1.0 200 OK\r\n\r\n", "[200 OK 1.0 close].", "GET", true},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
       "[204 N 1.1 keep]."},
      {"HTTP/1.1 204 N\r\n\r\nHTTP/1.1 204 N\r\nConnection: close\r\n\r\n",
       "[204 N 1.1 keep].[204 N 1.1 close|Connection=close]."},
      {"", "", "GET", true},
      {"HTTP/1.1 204 N\r\n\r\n", "[204 N 1.1 keep].", "GET", true},
  };
  for (const ResponseCase& c : cases) EXPECT_EQ(ParseAll(c), c.want) << c.bytes;
}

TEST(ResponseParserTest, HeadIsExpectedForOneResponseOnly) {
  const std::string one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  const std::string head = "[200 OK 1.1 keep length=1|Content-Length=1]";
  EXPECT_EQ(ParseAll({one + one + "x", "", "HEAD"}), head + "." + head + "x.");
}

TEST(ResponseParserTest, NamesWhatIsWrong) {
  const ResponseCase cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "ab!400 closed in the middle of a message",
       "GET", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
       "a!400 closed in the middle of a message", "GET", true},
      {"HTTP/1.1 20", "!400 closed in the middle of a message", "GET", true},
      {"HTTP/1.1 100 Continue\r\n\r\n", "!400 closed in the middle of a message", "GET", true},
      {"HTTP/1.1 101 X\r\n\r\n", "!400 a switch of protocols that was not asked for"},
      {"HTTP/1.1 99 X\r\n\r\n", "!400 a bad status line"},
      {"HTTP/1.1 600 X\r\n\r\n", "!400 a bad status line"},
      {"HTTP/1.1 2000 X\r\n\r\n", "!400 a bad status line"},
      {"HTTP/1.1 200 O\x01K\r\n\r\n", "!400 a bad status line"},
      {"HTTP/3.0 200 OK\r\n\r\n", "!505 an unsupported HTTP version"},
      {"ICY 200 OK\r\n\r\n", "!400 a bad start line"},
      {"\r\nHTTP/1.1 200 OK\r\n\r\n", "!400 a bad start line"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "!400 a bad or conflicting Transfer-Encoding"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
       "!400 a bad or conflicting Content-Length"},
  };
  for (const ResponseCase& c : cases) EXPECT_THAT(ParseAll(c), EndsWith(c.want)) << c.bytes;
}

TEST(ResponseParserTest, InterimResponsesAreBounded) {
  std::string bytes;
  for (int i = 0; i < 33; ++i) bytes += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(ParseAll({bytes, ""}), "!400 interim responses without end");
}

TEST(ResponseParserTest, ABodyUntilEofIsBounded) {
  EXPECT_THAT(Parse<ResponseParser>("HTTP/1.1 200 OK\r\n\r\nabc", {}, {.max_body = 2}),
              EndsWith("]ab!413 content over the limit"));
}

}  // namespace
}  // namespace rollport::http
