// What user code counts: how it is declared, read back, and summed over a fleet.
#include <sys/stat.h>

#include <cstring>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "metrics/page_counts.h"
#include "metrics/user_registry.h"
#include "metrics/user_totals.h"

namespace rollport::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

const UserDefinition kHits{
    protocol::UserSeries::kCounter, "shop_hits_total", "Hits", {{"b", "2"}, {"a", "1"}}};
const UserDefinition kTimes{
    protocol::UserSeries::kHistogram, "shop_seconds", "Times", {}, {0.1, 1}};

class UserMetricsTest : public testing::Test {
 protected:
  UserMetricsTest() { page_.Begin(); }
  std::string Mistake(UserDefinition definition) {
    return std::string(Register(page_, definition).status().message());
  }
  std::vector<UserReading> Read() { return ReadUserSeries(page_, &unreadable_); }

  protocol::MappedPage page_ = *protocol::MappedPage::Private();
  int64_t unreadable_ = 0;
};

TEST_F(UserMetricsTest, WhatIsRegisteredIsReadBack) {
  (*Register(page_, kHits))->value.Add(2);
  protocol::UserSeries* times = *Register(page_, kTimes);
  times->buckets[2].Add(1);
  times->value.Add(7.5);
  const std::vector<UserReading> read = Read();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].name, "shop_hits_total");
  EXPECT_THAT(read[0].labels, ElementsAre(Pair("a", "1"), Pair("b", "2")));
  EXPECT_EQ(read[0].value, 2);
  EXPECT_THAT(read[1].bounds, ElementsAre(0.1, 1));
  EXPECT_THAT(read[1].buckets, ElementsAre(0, 0, 1));
  EXPECT_EQ(read[1].value, 7.5);
  EXPECT_EQ(unreadable_, 0);
}

TEST_F(UserMetricsTest, AnOlderWorkerSaysItsNumberBehindTheFirstPageOnly) {
  ASSERT_TRUE(Register(page_, kHits).ok());
  page_->version = 3;
  page_->user_series.Set(0);
  EXPECT_EQ(Read().size(), 1U);
}

TEST_F(UserMetricsTest, WithoutSeriesNothingBehindTheFirstPageIsTouched) {
  const os::UniqueFd fd = *protocol::MappedPage::CreateFd();
  protocol::MappedPage page = *protocol::MappedPage::Map(fd.get());
  page.Begin();
  EXPECT_TRUE(ReadUserSeries(page, &unreadable_).empty());
  struct stat info {};
  ASSERT_EQ(fstat(fd.get(), &info), 0);
  EXPECT_EQ(info.st_blocks * 512, 4096);
  ASSERT_TRUE(Register(page, kHits).ok());
  EXPECT_EQ(ReadUserSeries(page, &unreadable_).size(), 1U);
}

TEST_F(UserMetricsTest, TheSameDefinitionIsTheSameSeries) {
  UserDefinition other_order = kHits;
  std::swap(other_order.labels[0], other_order.labels[1]);
  EXPECT_EQ(*Register(page_, kHits), *Register(page_, other_order));
  UserDefinition other_value = kHits;
  other_value.labels[0].second = "3";
  EXPECT_NE(*Register(page_, kHits), *Register(page_, other_value));
  UserDefinition other_help = other_value;
  other_help.help = "Other";
  EXPECT_THAT(Mistake(other_help), HasSubstr("with another type, help or bounds"));
}

TEST_F(UserMetricsTest, BrokenRulesAreNamed) {
  const auto with = [](auto change) {
    UserDefinition definition = kHits;
    change(definition);
    return definition;
  };
  EXPECT_THAT(Mistake(with([](auto& d) { d.name = "a b_total"; })),
              HasSubstr("a name consists of letters"));
  EXPECT_THAT(Mistake(with([](auto& d) { d.name = "hits"; })), HasSubstr("ends with _total"));
  EXPECT_THAT(Mistake(with([](auto& d) { d.name = "rollport_x_total"; })), HasSubstr("own"));
  EXPECT_THAT(Mistake(with([](auto& d) { d.name = std::string(60, 'x') + "_total"; })),
              HasSubstr("too long"));
  EXPECT_THAT(Mistake(with([](auto& d) { d.help = ""; })), HasSubstr("help has 0 bytes"));
  EXPECT_THAT(Mistake(with([](auto& d) {
                d.labels = {{"slot", "1"}};
              })),
              HasSubstr("\"slot\" is reserved"));
  EXPECT_THAT(Mistake(with([](auto& d) {
                d.labels = {{"a", "1"}, {"a", "2"}};
              })),
              HasSubstr("twice"));
  EXPECT_THAT(Mistake(with([](auto& d) { d.labels = {{"a", "x\ny"}}; })), HasSubstr("line end"));
  EXPECT_THAT(Mistake(with([](auto& d) {
                d.labels = {{"a", std::string(200, 'x')}};
              })),
              HasSubstr("too long"));
  UserDefinition times = kTimes;
  times.bounds = {1, 1};
  EXPECT_THAT(Mistake(times), HasSubstr("rise"));
  times.bounds = {};
  EXPECT_THAT(Mistake(times), HasSubstr("has bounds"));
  EXPECT_EQ(page_.user()->count.load(), 0u);
}

TEST_F(UserMetricsTest, ThereIsRoomForThisManyAndNoMore) {
  UserDefinition definition = kHits;
  for (size_t i = 0; i < protocol::kMaxUserSeries; ++i) {
    definition.labels = {{"i", std::to_string(i)}};
    ASSERT_TRUE(Register(page_, definition).ok()) << i;
  }
  definition.labels = {{"i", "more"}};
  EXPECT_THAT(Mistake(definition), HasSubstr("there are 128 already"));
  EXPECT_EQ(Read().size(), protocol::kMaxUserSeries);
}

TEST_F(UserMetricsTest, WhatAWorkerHasOverwrittenIsLeftOut) {
  for (const char* i : {"0", "1", "2", "3", "4"}) {
    ASSERT_TRUE(Register(page_, {protocol::UserSeries::kGauge, "g", "G", {{"i", i}}}).ok());
  }
  protocol::UserSeries* series = page_.user()->series;
  std::memset(series[0].name, 'x', sizeof series[0].name);
  series[1].type = 77;
  series[2].bounds_count = 1'000'000;
  std::memset(series[3].labels, 0xff, sizeof series[3].labels);
  EXPECT_EQ(Read().size(), 1u);
  EXPECT_EQ(unreadable_, 4);
  page_.user()->count.store(UINT64_MAX);
  EXPECT_EQ(Read().size(), 1u);
}

UserReading Reading(double value, protocol::UserSeries::Type type = protocol::UserSeries::kCounter,
                    std::string name = "x_total") {
  return {.type = type, .name = std::move(name), .help = "X", .value = value};
}

double Only(const UserTotals::Shown& shown) {
  EXPECT_EQ(shown.families.size(), 1u);
  return shown.families.at(0).series.begin()->second.value;
}

TEST(UserTotalsTest, TheDeadAreAddedToTheLiving) {
  UserTotals totals;
  EXPECT_EQ(Only(totals.Show({{1, {Reading(5)}}, {1, {Reading(7)}}})), 12);
  totals.Bury({1, {Reading(6)}});
  EXPECT_EQ(Only(totals.Show({{2, {Reading(0)}}, {1, {Reading(7)}}})), 13);
  totals.Bury({1, {Reading(7)}});
  EXPECT_EQ(Only(totals.Show({})), 13);
}

TEST(UserTotalsTest, GaugesAreSummedOverTheLivingOnly) {
  UserTotals totals;
  totals.Bury({1, {Reading(5, protocol::UserSeries::kGauge, "g")}});
  EXPECT_TRUE(totals.Show({}).families.empty());
  EXPECT_EQ(Only(totals.Show({{1, {Reading(2, protocol::UserSeries::kGauge, "g")}},
                              {1, {Reading(3, protocol::UserSeries::kGauge, "g")}}})),
            5);
}

TEST(UserTotalsTest, HistogramsAreSummedByBucket) {
  UserReading reading{.type = protocol::UserSeries::kHistogram,
                      .name = "h",
                      .help = "H",
                      .bounds = {1},
                      .value = 3,
                      .buckets = {1, 2}};
  UserTotals totals;
  totals.Bury({1, {reading}});
  const auto shown = totals.Show({{1, {reading}}});
  EXPECT_THAT(shown.families.at(0).series.begin()->second.buckets, ElementsAre(2, 4));
  EXPECT_EQ(Only(shown), 6);
}

TEST(UserTotalsTest, TheNewestGenerationDecidesAndTheOthersAreKept) {
  const auto old_way = [](double value) {
    return Reading(value, protocol::UserSeries::kGauge, "x");
  };
  const auto new_way = [](double value) {
    UserReading reading = Reading(value, protocol::UserSeries::kHistogram, "x");
    reading.bounds = {1};
    reading.buckets = {1, 0};
    return reading;
  };
  UserTotals totals;
  UserTotals::Shown shown = totals.Show({{2, {new_way(3)}}, {1, {old_way(5)}}});
  EXPECT_EQ(shown.conflicts, 1);
  EXPECT_EQ(shown.families.at(0).declaration.type, protocol::UserSeries::kHistogram);
  EXPECT_EQ(Only(shown), 3);
  // A revert: the newer one is gone, and its counts are kept.
  totals.Bury({2, {new_way(3)}});
  shown = totals.Show({{1, {old_way(5)}}});
  EXPECT_EQ(shown.conflicts, 0);
  EXPECT_EQ(Only(shown), 5);
  EXPECT_EQ(Only(totals.Show({{3, {new_way(4)}}})), 7);
}

TEST(UserTotalsTest, SeriesAreBounded) {
  UserTotals totals;
  for (int i = 0; i < 3000; ++i) {
    UserReading reading = Reading(1);
    reading.labels = {{"i", std::to_string(i)}};
    totals.Bury({1, {reading}});
  }
  const auto shown = totals.Show({});
  EXPECT_EQ(shown.families.at(0).series.size(), UserTotals::kMaxSeries);
  EXPECT_EQ(shown.dropped, 1000);
}

}  // namespace
}  // namespace rollport::metrics
