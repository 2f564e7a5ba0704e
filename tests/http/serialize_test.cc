#include "http/serialize.h"

#include <string>

#include "gtest/gtest.h"
#include "http/date.h"
#include "http/parser.h"
#include "tests/http/parser_script.h"

namespace rollport::http {
namespace {

std::string Response(const ResponseStart& start) {
  std::string out;
  BeginResponseHead(start, &out);
  EndHead(&out);
  return out;
}

TEST(SerializeTest, ResponseHeads) {
  EXPECT_EQ(Response({.length = 3, .date = "D", .server = "s", .content_type = "text/plain"}),
            "HTTP/1.1 200 OK\r\nServer: s\r\nDate: D\r\nContent-Type: text/plain\r\n"
            "Content-Length: 3\r\n\r\n");
  EXPECT_EQ(Response({.status = 204, .framing = BodyFraming::kNone}),
            "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(Response({.status = 431, .framing = BodyFraming::kChunked, .keep_alive = false}),
            "HTTP/1.1 431 Request Header Fields Too Large\r\nTransfer-Encoding: chunked\r\n"
            "Connection: close\r\n\r\n");
  EXPECT_EQ(Response({.status = 599, .framing = BodyFraming::kUntilClosing, .minor_version = 0}),
            "HTTP/1.1 599 Unknown\r\nConnection: keep-alive\r\n\r\n");
}

TEST(SerializeTest, AFieldCannotEndItsLine) {
  std::string out;
  AppendField("A", std::string_view("b\r\nC: d\0e", 9), &out);
  EXPECT_EQ(out, "A: b  C: d e\r\n");
}

TEST(SerializeTest, WhatIsWrittenIsReadBack) {
  std::string out;
  BeginRequestHead({.method = "POST",
                    .target = "/x?y",
                    .host = "h:80",
                    .framing = BodyFraming::kChunked,
                    .keep_alive = false},
                   &out);
  AppendField("A", "b", &out);
  EndHead(&out);
  AppendChunk("hello", &out);
  AppendChunk("", &out);
  AppendChunk(std::string(300, 'x'), &out);
  AppendLastChunk(&out);
  EXPECT_EQ(Parse<RequestParser>(out),
            "[POST /x?y 1.1 close chunked|Host=h:80|Transfer-Encoding=chunked|Connection=close|A=b]"
            "hello" +
                std::string(300, 'x') + ".");
}

TEST(SerializeTest, TheFieldsOfTheLibrary) {
  for (const char* name : {"date", "CONNECTION", "content-length", "Transfer-encoding"}) {
    EXPECT_TRUE(IsFramingField(name)) << name;
  }
  for (const char* name : {"ETag", "Content-Type", "Dat", ""}) {
    EXPECT_FALSE(IsFramingField(name)) << name;
  }
}

TEST(DateTest, FormatsAndReadsBack) {
  EXPECT_EQ(FormatDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(FormatDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(ParseDate("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(ParseDate("Thu, 29 Feb 2024 23:59:59 GMT"), 1709251199);
  for (const char* bad : {"Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC", "",
                          "Sunday", "Sun, 06-Nov-1994 08:49:37 GMT",
                          "Sun, 31 Jun 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT"}) {
    EXPECT_EQ(ParseDate(bad), std::nullopt) << bad;
  }
}

TEST(DateTest, TheCacheFollowsTheSecond) {
  DateCache cache;
  EXPECT_EQ(cache.At(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache.At(784111778), "Sun, 06 Nov 1994 08:49:38 GMT");
}

}  // namespace
}  // namespace rollport::http
