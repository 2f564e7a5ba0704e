#include "http/date.h"

#include <gtest/gtest.h>

namespace rollport::http {
namespace {

constexpr int64_t kExample = 784111777;  // of RFC 9110 section 5.6.7

TEST(Date, IsWrittenAsImfFixdate) {
  EXPECT_EQ(FormatDate(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(FormatDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(FormatDate(253402300799), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(Date, IsReadInAllThreeForms) {
  EXPECT_EQ(ParseDate("Sun, 06 Nov 1994 08:49:37 GMT"), kExample);
  EXPECT_EQ(ParseDate("Sunday, 06-Nov-94 08:49:37 GMT"), kExample);
  EXPECT_EQ(ParseDate("Sun Nov  6 08:49:37 1994"), kExample);
  EXPECT_EQ(ParseDate("Tuesday, 24-Nov-26 00:00:00 GMT"), 1795478400);
}

TEST(Date, IsNothingElse) {
  for (const char* text : {"", "0", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun Nov  6 08:49:37",
                           "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                           "Sun, 31 Jun 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sunday, 06-Nov-94 08:49:37 CET"}) {
    EXPECT_EQ(ParseDate(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace rollport::http
