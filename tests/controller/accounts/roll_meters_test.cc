#include "controller/accounts/roll_meters.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "tests/controller/support/shown_metrics.h"

namespace rollport::controller {
namespace {

class RollMetersTest : public testing::Test {
 protected:
  double Value(const std::string& name) {
    return Shown([this](exposition::Families* out) {
             outcomes_.ShowCounts(out);
             outcomes_.ShowLast(out);
           })
        .at("rollport_" + name);
  }
  void Verdict(int64_t number, const std::string& outcome, std::optional<int64_t> cut = 0) {
    outcomes_.NoteVerdict(
        {.number = number,
         .verdict = api::Verdict{.outcome = outcome, .cut = cut},
         .kernel = {.before = {.listen_drops = 10}, .after = {.listen_drops = 12}}},
        absl::FromUnixSeconds(1000 + number));
  }

  RollMeters outcomes_;
};

TEST_F(RollMetersTest, EveryOutcomeIsShownBeforeTheFirstRoll) {
  for (const char* outcome : {"rolled", "reverted", "aborted", "refused"}) {
    EXPECT_EQ(Value("rolls_total{" + std::string(outcome) + "}"), 0);
    EXPECT_EQ(Value("last_roll_outcome{" + std::string(outcome) + "}"), 0);
  }
  EXPECT_EQ(Value("last_roll_number"), 0);
  EXPECT_EQ(Value("last_roll_end_timestamp_seconds"), 0);
}

TEST_F(RollMetersTest, OutcomesAddUpAndTheLastRollTakesTheFormerOnesPlace) {
  Verdict(1, "rolled", /*cut=*/3);
  Verdict(2, "reverted", /*cut=*/1);
  Verdict(3, "rolled");
  EXPECT_EQ(Value("rolls_total{rolled}"), 2);
  EXPECT_EQ(Value("rolls_total{reverted}"), 1);
  EXPECT_EQ(Value("last_roll_outcome{rolled}"), 1);
  EXPECT_EQ(Value("last_roll_outcome{reverted}"), 0);
  EXPECT_EQ(Value("last_roll_number"), 3);
  EXPECT_EQ(Value("last_roll_connections_cut"), 0);
  EXPECT_EQ(Value("last_roll_end_timestamp_seconds"), 1003);
}

TEST_F(RollMetersTest, WhatIsNotKnownIsNoNumber) {
  Verdict(1, "rolled", /*cut=*/std::nullopt);
  EXPECT_TRUE(std::isnan(Value("last_roll_connections_cut")));
}

TEST_F(RollMetersTest, OfTheKernelOnlyWhatTheRollAddedIsShown) {
  Verdict(1, "rolled");
  EXPECT_EQ(Value("last_roll_kernel_listen_drops"), 2);
}

TEST_F(RollMetersTest, ARefusalIsNoRollThatEnded) {
  Verdict(1, "rolled");
  outcomes_.NoteRefusal();
  EXPECT_EQ(Value("rolls_total{refused}"), 1);
  EXPECT_EQ(Value("last_roll_number"), 1);
}

}  // namespace
}  // namespace rollport::controller
