#include "exposition/foreign.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::exposition {
namespace {

using testing::HasSubstr;

constexpr char kApp[] = R"(# a comment
# HELP app_requests_total Requests "so far"
# TYPE app_requests_total counter
app_requests_total{code="200"} 12 1700000000000
app_requests_total{ code = "500" , path="a\"}b\\" , } 1e0
# TYPE app_seconds histogram
app_seconds_bucket{le="0.1"} 3
app_seconds_bucket{le="+Inf"} 4
app_seconds_sum 1.5
app_seconds_count 4

plain -Inf
)";

class ForeignTest : public testing::Test {
 protected:
  ForeignScrape Parse(std::string_view text, size_t most = 1000) {
    const auto scrape = ParseExposition(text, most, &dropped_);
    EXPECT_TRUE(scrape.ok()) << scrape.status();
    return scrape.value_or(ForeignScrape());
  }
  std::string Mistake(std::string_view text) {
    return std::string(ParseExposition(text, 1000, &dropped_).status().message());
  }
  int64_t dropped_ = 0;
};

TEST_F(ForeignTest, IsShownWithSlotAndFleet) {
  ForeignFamilies families;
  families.Add(0, "f", Parse(kApp));
  families.Add(1, "f", Parse("plain 2\n"));
  std::string text;
  families.AppendText(&text);
  EXPECT_EQ(text, R"(# HELP app_requests_total Requests "so far"
# TYPE app_requests_total counter
app_requests_total{fleet="f",slot="0",code="200"} 12
app_requests_total{fleet="f",slot="0",code="500",path="a\"}b\\"} 1
# TYPE app_seconds histogram
app_seconds_bucket{fleet="f",slot="0",le="0.1"} 3
app_seconds_bucket{fleet="f",slot="0",le="+Inf"} 4
app_seconds_sum{fleet="f",slot="0"} 1.5
app_seconds_count{fleet="f",slot="0"} 4
# TYPE plain untyped
plain{fleet="f",slot="0"} -Inf
plain{fleet="f",slot="1"} 2
)");
  std::string open;
  families.AppendOpenMetrics(&open);
  EXPECT_THAT(open, HasSubstr("# TYPE app_requests counter\n"
                              "# HELP app_requests Requests \\\"so far\\\"\n"
                              "app_requests_total{"));
  EXPECT_THAT(open, HasSubstr("# TYPE plain unknown\n"));
}

TEST_F(ForeignTest, EveryMistakeIsNamedAndNothingIsTaken) {
  EXPECT_EQ(Mistake("ok 1\n2x 1\n"), "line 2: no name");
  EXPECT_EQ(Mistake("x{a=\"b} 1\n"), "line 1: bad labels");
  EXPECT_EQ(Mistake("x{a=\"b\" c=\"d\"} 1\n"), "line 1: bad labels");
  EXPECT_EQ(Mistake("x{a=\"b\",a=\"c\"} 1\n"), "line 1: bad labels");
  EXPECT_EQ(Mistake("x{a=\"\\x\"} 1\n"), "line 1: bad labels");
  EXPECT_EQ(Mistake("x one\n"), "line 1: no value");
  EXPECT_EQ(Mistake("x 1 2 3\n"), "line 1: no value");
  EXPECT_EQ(Mistake("<html>\n"), "line 1: no name");
  EXPECT_EQ(Mistake("# TYPE x thing\n"), "line 1: an unknown type");
  EXPECT_EQ(Mistake("x 1\n# TYPE x counter\n"), "line 2: a type after its samples");
}

TEST_F(ForeignTest, OurOwnNamesAndLabelsAreKept) {
  const ForeignScrape scrape = Parse("rollport_workers 9\nx{slot=\"7\",fleet=\"g\"} 1\n");
  EXPECT_EQ(scrape.size(), 1u);
  EXPECT_EQ(dropped_, 1);
  EXPECT_EQ(scrape.at("x").samples.at(0).labels, "exported_slot=\"7\",exported_fleet=\"g\"");
}

TEST_F(ForeignTest, WhatWouldSpoilTheScrapeIsLeftOutAndCounted) {
  const char* const bad[] = {
      "x{a=\"\xff\"} 1\n",
      "x{a=\"ok\",b=\"\xc3\"} 1\n",
      "x{a=\"\xc0\xaf\"} 1\n",      // overlong
      "x{a=\"\xed\xa0\x80\"} 1\n",  // a surrogate
      "x{__name__=\"y\"} 1\n",
      "x{slot=\"1\",exported_slot=\"2\"} 1\n",
      "x{exported_slot=\"2\",slot=\"1\"} 1\n",
      "x{exported_fleet=\"2\",fleet=\"1\"} 1\n",
      "# HELP x caf\xe9\n",
      // The same series as the good one.
      "x{b=\"2\",a=\"1\"} 1\n",
      "x{b=\"2\",c=\"\",a=\"1\"} 1\n",
  };
  std::string text = "x{a=\"1\",b=\"2\"} 1\n";
  for (const char* line : bad) text += line;
  const ForeignScrape scrape = Parse(text + "y{a=\"caf\xc3\xa9\"} 2\n");
  EXPECT_EQ(dropped_, static_cast<int64_t>(std::size(bad)));
  ASSERT_EQ(scrape.at("x").samples.size(), 1u);
  EXPECT_EQ(scrape.at("x").samples[0].labels, "a=\"1\",b=\"2\"");
  EXPECT_EQ(scrape.at("x").help, "");
  EXPECT_EQ(scrape.at("y").samples[0].labels, "a=\"caf\xc3\xa9\"");
}

TEST_F(ForeignTest, SeriesAreBoundedAndOnceOnly) {
  std::string text = "same 1\nsame 2\n";
  for (int i = 0; i < 20; ++i) text += "x{i=\"" + std::to_string(i) + "\"} 1\n";
  EXPECT_EQ(Parse(text, 10).at("x").samples.size(), 9u);
  EXPECT_EQ(dropped_, 12);
}

TEST_F(ForeignTest, ConflictsAreLeftOut) {
  ForeignFamilies families;
  families.Add(0, "f", Parse("# TYPE x counter\nx 1\n"));
  families.Add(1, "f", Parse("# TYPE x gauge\nx 1\ny 1\nz 1\n"), {"z"});
  EXPECT_EQ(families.dropped(), 2);
  std::string text;
  families.AppendText(&text);
  EXPECT_EQ(text,
            "# TYPE x counter\nx{fleet=\"f\",slot=\"0\"} 1\n"
            "# TYPE y untyped\ny{fleet=\"f\",slot=\"1\"} 1\n");
}

}  // namespace
}  // namespace rollport::exposition
