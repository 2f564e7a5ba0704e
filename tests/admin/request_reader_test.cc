#include "admin/request_reader.h"

#include <string>

#include "gtest/gtest.h"

namespace rollport::admin {
namespace {

using Result = RequestReader::Result;

constexpr http::Limits kLimits = {.max_head = 200, .max_body = 10};
constexpr char kPost[] = "POST /a?b HTTP/1.1\r\nHost: h\r\nX: y\r\nContent-Length: 5\r\n\r\nhello";

TEST(RequestReaderTest, ReadsARequestHoweverItIsCutUp) {
  const std::string bytes = kPost;
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    RequestReader reader(kLimits);
    reader.Add(bytes.substr(0, cut));
    EXPECT_EQ(reader.Read(), Result::kNeedMore);
    reader.Add(bytes.substr(cut));
    ASSERT_EQ(reader.Read(), Result::kRequest) << cut;
    EXPECT_EQ(reader.request().method, "POST");
    EXPECT_EQ(reader.request().path(), "/a");
    EXPECT_EQ(reader.request().query(), "b");
    EXPECT_EQ(reader.request().field("x"), "y");
    EXPECT_EQ(reader.request().body, "hello");
    EXPECT_FALSE(reader.has_input());
  }
}

TEST(RequestReaderTest, ReadsOneRequestAtATime) {
  RequestReader reader(kLimits);
  reader.Add(std::string(kPost) + "GET /last HTTP/1.0\r\nHost: h\r\n\r\n");
  EXPECT_EQ(reader.Read(), Result::kRequest);
  EXPECT_TRUE(reader.keep_alive());
  EXPECT_EQ(reader.minor_version(), 1);
  EXPECT_TRUE(reader.has_input());
  EXPECT_EQ(reader.Read(), Result::kRequest);
  EXPECT_EQ(reader.request().target, "/last");
  EXPECT_EQ(reader.request().body, "");
  EXPECT_FALSE(reader.keep_alive());
  EXPECT_EQ(reader.minor_version(), 0);
  EXPECT_EQ(reader.Read(), Result::kNeedMore);
}

TEST(RequestReaderTest, SaysWhenTheClientWaitsForA100Continue) {
  RequestReader reader(kLimits);
  reader.Add("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(reader.Read(), Result::kContinue);
  EXPECT_EQ(reader.Read(), Result::kNeedMore);
  reader.Add("ok");
  EXPECT_EQ(reader.Read(), Result::kRequest);
  EXPECT_EQ(reader.request().body, "ok");
}

TEST(RequestReaderTest, NothingIsLeftOfARequestThatIsTooLarge) {
  RequestReader reader(kLimits);
  reader.Add("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  EXPECT_EQ(reader.Read(), Result::kNeedMore);
  reader.Add("6\r\n world\r\n");
  EXPECT_EQ(reader.Read(), Result::kError);
  EXPECT_EQ(reader.error().status, 413);
  EXPECT_EQ(reader.request().method, "");
}

}  // namespace
}  // namespace rollport::admin
