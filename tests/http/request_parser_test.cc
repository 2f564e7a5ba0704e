#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/parser.h"
#include "tests/http/parser_script.h"

namespace rollport::http {
namespace {

using testing::StartsWith;

struct RequestCase {
  std::string bytes;
  std::string want;
};

std::string Get(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}
std::string Chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

TEST(RequestParserTest, ReadsWhatIsRight) {
  const std::string host = "|Host=h]";
  const std::string te = "[POST / 1.1 keep chunked|Host=h|Transfer-Encoding=chunked]";
  const RequestCase cases[] = {
      {Get(""), "[GET / 1.1 keep" + host + "."},
      {Get("") + Get(""), "[GET / 1.1 keep" + host + ".[GET / 1.1 keep" + host + "."},
      {"\r\n\r\n" + Get(""), "[GET / 1.1 keep" + host + "."},
      {"GET / HTTP/1.0\r\n\r\n", "[GET / 1.0 close]."},
      {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
       "[GET / 1.0 keep|Connection=Keep-Alive]."},
      {"GET /a HTTP/1.2\r\nHost: h\r\nA: b\r\n\r\n", "[GET /a 1.2 keep|Host=h|A=b]."},
      {"POST / HTTP/1.9\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: "
       "close\r\n\r\n1\r\na\r\n0\r\n\r\n",
       "[POST / 1.9 close chunked|Host=h|Transfer-Encoding=chunked|Connection=close]a."},
      {Get("connection: x, CLOSE\r\n"), "[GET / 1.1 close|Host=h|connection=x, CLOSE]."},
      {Get("A:\r\nB: \t b c \t\r\n"), "[GET / 1.1 keep|Host=h|A=|B=b c]."},
      {Get("X: caf\xc3\xa9\r\n"), "[GET / 1.1 keep|Host=h|X=caf\xc3\xa9]."},
      {"OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", "[OPTIONS * 1.1 keep|Host=]."},
      {"GET http://a:80/b?c HTTP/1.1\r\nHost: a:80\r\n\r\n",
       "[GET http://a:80/b?c 1.1 keep|Host=a:80]."},
      {"GET / HTTP/1.1\r\nhOST: [::1]:80\r\n\r\n", "[GET / 1.1 keep|hOST=[::1]:80]."},
      {"BREW /?[x]={y} HTTP/1.1\r\nHost: h\r\n\r\n", "[BREW /?[x]={y} 1.1 keep|Host=h]."},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
       "[POST / 1.1 keep length=3|Host=h|Content-Length=3]abc."},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
       "[POST / 1.1 keep length=0|Host=h|Content-Length=0]."},
      {"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
       "[POST / 1.1 keep expect length=1|Host=h|Expect=100-Continue|Content-Length=1]"},
      {Get("Expect: x\r\nExpect: y , 100-continue\r\n"),
       "[GET / 1.1 keep expect|Host=h|Expect=x|Expect=y , 100-continue]."},
      {"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
       "[POST / 1.0 close length=1|Expect=100-continue|Content-Length=1]"},
      {Chunked("0\r\n\r\n"), te + "."},
      {Chunked("3\r\nabc\r\nA\r\n0123456789\r\n000\r\n\r\n"), te + "abc0123456789."},
      {Chunked("3;a=b;c=\"x;\\\"\"\r\nabc\r\n0;z\r\n\r\n"), te + "abc."},
      {Chunked("1\r\na\r\n0\r\nT: x\r\nUU:\r\n\r\n") + Get(""),
       te + "a.[GET / 1.1 keep" + host + "."},
      {Chunked("1\r\na"), te + "a"},
  };
  for (const RequestCase& c : cases) EXPECT_EQ(Parse<RequestParser>(c.bytes), c.want) << c.bytes;
}

struct BadCase {
  std::string bytes;
  int status;
  std::string reason = "";
};

void ExpectError(const BadCase& c) {
  const std::string text = Parse<RequestParser>(c.bytes);
  const size_t at = text.rfind('!');
  ASSERT_NE(at, std::string::npos) << "accepted as " << text << ": " << c.bytes;
  EXPECT_THAT(text.substr(at + 1), StartsWith(std::to_string(c.status) + " " + c.reason))
      << c.bytes;
}

TEST(RequestParserTest, RefusesABadStartLine) {
  const BadCase cases[] = {
      {"\x16\x03\x01", 400, "a bad start line"},  // TLS
      {" GET / HTTP/1.1\r\n\r\n", 400},
      {"G\x01T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a bad method"},
      {"GET(/ / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a bad method"},
      {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a bad request target"},
      {"GET /  HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET\t/\tHTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.10\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/11\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"GET / HTTP/2.9\r\nHost: h\r\n\r\n", 505},
      {"GET / HTTP/1.2 \r\nHost: h\r\n\r\n", 400},
      {"GET / x HTTP/1.2\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.2\r\n\r\n", 400, "no Host"},
      {"GET / HTTP/1.2\r\nHost: h\r\nX : y\r\n\r\n", 400, "a bad field name"},
      {"GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a bad request target"},
      {"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a bad request target"},
      {std::string("GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n", 30), 400},
      {"GET /a\x7f HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a bad request target"},
      {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a bad request target"},
      {"GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a bad request target"},
      {"GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a bad request target"},
      {"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"GET / HTTP/1.1\nHost: h\n\n", 400, "a bare LF"},
      {"GET / HTTP/1.1\rHost: h\r\n\r\n", 400},
      {"\n\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"\rGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
  };
  for (const BadCase& c : cases) ExpectError(c);
}

TEST(RequestParserTest, RefusesBadFields) {
  const BadCase cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400, "no Host"},
      {Get("Host: h\r\n"), 400, "several Host"},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "a bad Host"},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "a bad Host"},
      {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, "a bad Host"},
      {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, "several Host"},
      {Get("X : y\r\n"), 400, "a bad field name"},
      {Get("X\t: y\r\n"), 400, "a bad field name"},
      {Get(": y\r\n"), 400},
      {Get("X\r\n"), 400},
      {Get("X(: y\r\n"), 400},
      {Get("X\xc3: y\r\n"), 400},
      {Get("A: b\r\n c\r\n"), 400, "a folded"},
      {Get("A: b\r\n\tc\r\n"), 400, "a folded"},
      {Get("A: b\r\n \r\n"), 400, "a folded"},
      {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400, "a folded"},
      {Get("A: b\nC: d\r\n"), 400, "a bare LF"},
      {Get("A: b\rC: d\r\n"), 400},
      {Get("A: b\r\r\n"), 400},
      {Get("A: b\r\n\r\r\n"), 400},
      {Get(std::string("A: b\0c\r\n", 8)), 400},
      {Get("A: b\x01\r\n"), 400},
      {Get("A: b\x7f\r\n"), 400},
      {"GET / HTTP/1.1\r\nHost: h\r\n\n", 400, "a bare LF"},
  };
  for (const BadCase& c : cases) ExpectError(c);
}

TEST(RequestParserTest, RefusesABadHostInTheFieldAndInTheTarget) {
  for (const char* host : {"a:b", "a:1:2", ":a", ":80", "[::1", "[zz]", "a%zz", "::1", "u@a"}) {
    ExpectError({absl::StrCat("GET / HTTP/1.1\r\nHost: ", host, "\r\n\r\n"), 400, "a bad Host"});
    ExpectError({absl::StrCat("GET / HTTP/1.0\r\nHost: ", host, "\r\n\r\n"), 400, "a bad Host"});
    for (const char* rest : {"", "/", "/a?b", "?b"}) {
      ExpectError({absl::StrCat("GET http://", host, rest, " HTTP/1.1\r\nHost: h\r\n\r\n"), 400,
                   "a bad request target"});
    }
    ExpectError(
        {absl::StrCat("GET http://h/ HTTP/1.1\r\nHost: ", host, "\r\n\r\n"), 400, "a bad Host"});
  }
  ExpectError({"GET http://h/ HTTP/1.1\r\n\r\n", 400, "no Host"});
}

TEST(RequestParserTest, RefusesFramingThatTwoReadersMightReadInTwoWays) {
  const std::string te = "Transfer-Encoding: chunked\r\n";
  const BadCase cases[] = {
      {Get("Content-Length: 1\r\n" + te), 400},
      {Get(te + "Content-Length: 1\r\n"), 400},
      {Get("Content-Length: 1\r\nContent-Length: 1\r\n"), 400, "several Content-Length"},
      {Get("Content-Length: 1\r\nContent-Length: 2\r\n"), 400},
      {Get("Content-Length: 1, 1\r\n"), 400},
      {Get("Content-Length: 1,\r\n"), 400},
      {Get("Content-Length:\r\n"), 400},
      {Get("Content-Length: +1\r\n"), 400},
      {Get("Content-Length: -1\r\n"), 400},
      {Get("Content-Length: 0x1\r\n"), 400},
      {Get("Content-Length: 1 1\r\n"), 400},
      {Get("Content-Length: 1.0\r\n"), 400},
      {Get("Content-Length: 1a\r\n"), 400},
      {Get("Content-Length: 1048577\r\n"), 413},
      {Get("Content-Length: 18446744073709551615\r\n"), 413},
      {Get("Transfer-Encoding:\r\n"), 400},
      {Get("Transfer-Encoding: identity\r\n"), 400},
      {Get("Transfer-Encoding: gzip\r\n"), 400},
      {Get("Transfer-Encoding: chunked, gzip\r\n"), 400},
      {Get("Transfer-Encoding: chunked, chunked\r\n"), 400},
      {Get("Transfer-Encoding: chunked,\r\n"), 400},
      {Get(te + te), 400},
      {Get(te + "Transfer-Encoding: identity\r\n"), 400},
      {Get("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {Get("Transfer-Encoding: gzip\r\n" + te), 501},
      {Get("Transfer-Encoding: xchunked\r\n"), 400},
      {Get("Transfer-Encoding: chunked;x\r\n"), 400},
      {Get("Transfer-Encoding: \"chunked\"\r\n"), 400},
      {Get("Transfer-Encoding: \x0b"
           "chunked\r\n"),
       400},
      {Get("Transfer-Encoding : chunked\r\n"), 400},
      {"POST / HTTP/1.0\r\n" + te + "\r\n", 400, "Transfer-Encoding in HTTP/1.0"},
  };
  for (const BadCase& c : cases) ExpectError(c);
}

TEST(RequestParserTest, RefusesBadChunks) {
  const BadCase cases[] = {
      {Chunked("\r\n"), 400, "a bad chunk size"},
      {Chunked("+1\r\na\r\n"), 400, "a bad chunk size"},
      {Chunked("-1\r\na\r\n"), 400, "a bad chunk size"},
      {Chunked("0x1\r\na\r\n"), 400, "a bad chunk size"},
      {Chunked(" 1\r\na\r\n"), 400, "a bad chunk size"},
      {Chunked("1 \r\na\r\n"), 400, "a bad chunk size"},
      {Chunked("g\r\n"), 400, "a bad chunk size"},
      {Chunked("1\na\r\n"), 400, "a bad chunk size"},
      {Chunked("1\ra\r\n"), 400, "a bare CR"},
      {Chunked("1\r\nab\r\n"), 400, "a chunk longer"},
      {Chunked("1\r\na\n"), 400, "a chunk longer"},
      {Chunked("1\r\na\rx"), 400, "a chunk longer"},
      {Chunked("2\r\na\r\n0\r\n\r\n"), 400, "a chunk longer"},
      {Chunked("1;a=\"\r\n\"\r\na\r\n"), 400, "a bad chunk extension"},
      {Chunked("1;a=b c\r\na\r\n"), 400, "a bad chunk extension"},
      {Chunked("1;\r\na\r\n"), 400, "a bad chunk extension"},
      {Chunked("1;a\nb\r\n"), 400, "a bad chunk extension"},
      {Chunked("100001\r\n"), 413},
      {Chunked("ffffffffffffffff\r\n"), 413},
      {Chunked("10000000000000001\r\n"), 413},
      {Chunked("0000000000000000000\r\n"), 400, "a bad chunk size"},
      {Chunked("1;" + std::string(17 << 10, 'x')), 431},
      {Chunked("0\r\n" + std::string(17 << 10, 'x')), 431},
      {Chunked("0\r\n X: y\r\n\r\n"), 400, "a bad trailer"},
      {Chunked("0\r\nX : y\r\n\r\n"), 400, "a bad trailer"},
      {Chunked("0\r\nX\r\n\r\n"), 400, "a bad trailer"},
      {Chunked("0\r\nX: y\n\r\n"), 400, "a bad trailer"},
      {Chunked("0\r\nX: y\r\r\n"), 400, "a bare CR"},
      {Chunked("0\r\n\rx"), 400, "a bare CR"},
  };
  for (const BadCase& c : cases) ExpectError(c);
}

TEST(RequestParserTest, BoundsAreExact) {
  const std::string head = Get("");
  const Limits fits{.max_head = head.size(), .max_body = 3};
  const Limits small{.max_head = head.size() - 1, .max_body = 2};
  EXPECT_EQ(Parse<RequestParser>(head, {}, fits), "[GET / 1.1 keep|Host=h].");
  EXPECT_EQ(Parse<RequestParser>(head, {}, small), "!431 a head over the limit");
  EXPECT_EQ(Parse<RequestParser>("GET /" + std::string(100, 'a'), {}, fits),
            "!414 a start line over the limit");
  const Limits body3{.max_body = 3}, body2{.max_body = 2};
  const std::string two_chunks = Chunked("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n");
  EXPECT_THAT(Parse<RequestParser>(two_chunks, {}, body3), testing::EndsWith("]abc."));
  EXPECT_THAT(Parse<RequestParser>(two_chunks, {}, body2),
              testing::EndsWith("]a!413 content over the limit"));
  EXPECT_THAT(Parse<RequestParser>(std::string(20 << 10, '\r'), {}), StartsWith("!400"));
  std::string blank;
  for (int i = 0; i < 10 << 10; ++i) blank += "\r\n";
  EXPECT_EQ(Parse<RequestParser>(blank), "!400 empty lines without end");
}

TEST(RequestParserTest, IsIdleOnlyBetweenMessages) {
  Script<RequestParser> script;
  EXPECT_TRUE(script.parser().idle());
  script.Feed("G");
  EXPECT_FALSE(script.parser().idle());
  script.Feed("ET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(script.parser().idle());
  script.Feed("\r\n");
  EXPECT_TRUE(script.parser().idle());
  script.Feed(Chunked("1\r\n"));
  EXPECT_FALSE(script.parser().idle());
  script.Feed("a\r\n0\r\n\r\n");
  EXPECT_TRUE(script.parser().idle());
}

}  // namespace
}  // namespace rollport::http
