#include "cli/top_rates.h"

#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);
// Buckets from 1, 2, 4 and 8 ms.
const std::vector<double> kFrom = {0.001, 0.002, 0.004, 0.008};

TEST(TopRatesTest, ARateIsWhatWasAddedBetweenTwoLooks) {
  TopRates rates;
  rates.Note(kStart, {kFrom, {{1, 1000, 10, {900, 100}}, {2, 50, 0, {}}}});
  EXPECT_FALSE(rates.Of(1).has_value());
  EXPECT_FALSE(rates.All().has_value());
  rates.Note(kStart + absl::Seconds(2), {kFrom, {{1, 1200, 12, {1000, 199, 1}}, {2, 50, 0, {}}}});
  EXPECT_EQ(rates.Of(1)->requests, 100);
  EXPECT_EQ(rates.Of(1)->errors, 1);
  EXPECT_EQ(rates.Of(1)->p50, absl::Milliseconds(2));
  EXPECT_EQ(rates.Of(1)->p99, absl::Milliseconds(4));
  EXPECT_EQ(rates.Of(2)->requests, 0);
  EXPECT_FALSE(rates.Of(2)->p99.has_value());
  EXPECT_FALSE(rates.Of(3).has_value());
  EXPECT_EQ(rates.All()->requests, 100);
  EXPECT_EQ(rates.past(), std::vector<double>{100});
}

TEST(TopRatesTest, AWorkerThatIsNewHasCountedAllOfItSince) {
  TopRates rates;
  rates.Note(kStart, {kFrom, {}});
  rates.Note(kStart + absl::Seconds(1), {kFrom, {{7, 30, 0, {0, 0, 0, 30}}}});
  EXPECT_EQ(rates.Of(7)->requests, 30);
  EXPECT_EQ(rates.Of(7)->p50, absl::Milliseconds(8)) << "the last bucket has no end";
  rates.Note(kStart + absl::Seconds(2), {kFrom, {}});
  EXPECT_FALSE(rates.Of(7).has_value());
  EXPECT_FALSE(rates.All().has_value());
}

TEST(TopRatesTest, WhatGoesDownAndAClockThatGoesBackCountAsNothing) {
  TopRates rates;
  rates.Note(kStart, {kFrom, {{1, 100, 5, {100}}}});
  rates.Note(kStart + absl::Seconds(1), {kFrom, {{1, 10, 0, {10}}}});
  EXPECT_EQ(rates.Of(1)->requests, 0);
  rates.Note(kStart, {kFrom, {{1, 20, 0, {20}}}});
  EXPECT_FALSE(rates.Of(1).has_value());
}

}  // namespace
}  // namespace rollport::cli
