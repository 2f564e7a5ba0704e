#include "load/answer_check.h"

#include <string>

#include "gtest/gtest.h"

namespace rollport::load {
namespace {

constexpr char kGood[] =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Rollport-Slot: 2\r\nX-Rollport-Generation: "
    "7\r\n\r\nhello";

TEST(AnswerCheckTest, AGoodAnswerIsOkHoweverItIsCutUp) {
  const std::string bytes = kGood;
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    AnswerCheck check;
    check.Begin({.body = "hello"});
    const bool early = check.Feed(bytes.substr(0, cut));
    EXPECT_EQ(early, cut == bytes.size());
    if (!early) {
      EXPECT_TRUE(check.Feed(bytes.substr(cut)));
    }
    EXPECT_EQ(check.outcome(), Outcome::kOk) << check.detail();
    EXPECT_TRUE(check.keep_alive());
    EXPECT_EQ(check.server(), "slot 2 generation 7");
  }
}

TEST(AnswerCheckTest, OneAfterTheOther) {
  AnswerCheck check;
  for (const std::string body : {"hello", "jello", "hello"}) {
    check.Begin({.body = "hello"});
    EXPECT_TRUE(check.Feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + body));
    if (body == "jello") {
      EXPECT_EQ(check.outcome(), Outcome::kWrongBody);
      break;
    }
    EXPECT_EQ(check.outcome(), Outcome::kOk);
  }
}

Outcome OutcomeOf(const Expectation& expectation, const std::string& bytes) {
  AnswerCheck check;
  check.Begin(expectation);
  if (!check.Feed(bytes)) check.Eof();
  return check.outcome();
}

TEST(AnswerCheckTest, TellsWhatIsWrong) {
  const Expectation hello{.body = "hello"};
  EXPECT_EQ(OutcomeOf(hello, ""), Outcome::kClosed);
  EXPECT_EQ(OutcomeOf(hello, "HTTP/1.1 200"), Outcome::kCut);
  EXPECT_EQ(OutcomeOf(hello, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"), Outcome::kCut);
  EXPECT_EQ(OutcomeOf(hello, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell"),
            Outcome::kWrongBody);
  EXPECT_EQ(OutcomeOf(hello, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!"),
            Outcome::kWrongBody);
  EXPECT_EQ(OutcomeOf(hello, "HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nhello"),
            Outcome::kWrongStatus);
  EXPECT_EQ(OutcomeOf({.size = 4}, kGood), Outcome::kWrongBody);
  EXPECT_EQ(OutcomeOf({.size = 5}, kGood), Outcome::kOk);
  EXPECT_EQ(OutcomeOf({.status = 404}, kGood), Outcome::kWrongStatus);
  EXPECT_EQ(OutcomeOf(hello, std::string(kGood) + "H"), Outcome::kMalformed);
  EXPECT_EQ(OutcomeOf(hello, "hello\r\n\r\n"), Outcome::kMalformed);
}

TEST(AnswerCheckTest, ChunkedAndClosedDelimitedBodies) {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(OutcomeOf({.body = "hello"}, chunked + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
            Outcome::kOk);
  EXPECT_EQ(OutcomeOf({.body = "hello"}, chunked + "2\r\nhe\r\n3\r\nlxo\r\n0\r\n\r\n"),
            Outcome::kWrongBody);
  EXPECT_EQ(OutcomeOf({.body = "hello"}, chunked + "2\r\nhe\r\n3\r\nllo\r\n"), Outcome::kCut);
  EXPECT_EQ(OutcomeOf({.body = "hello"}, chunked + "x\r\n"), Outcome::kMalformed);
  EXPECT_EQ(OutcomeOf({.body = "hello"}, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"),
            Outcome::kOk);
}

TEST(AnswerCheckTest, AnInterimAnswerIsPassedOver) {
  EXPECT_EQ(OutcomeOf({.body = "hello"}, "HTTP/1.1 103 Early Hints\r\n\r\n" + std::string(kGood)),
            Outcome::kOk);
}

}  // namespace
}  // namespace rollport::load
