#include "load/report.h"

#include <nlohmann/json.hpp>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::load {
namespace {

constexpr Instant kStart = Instant::FromNanos(1'000'000'000);

class ReportTest : public testing::Test {
 protected:
  ReportTest() {
    plan_.Clients(ClientKind::kBusy) = 2;
    plan_.Clients(ClientKind::kSlowReader) = 1;
  }
  void Count(ClientKind kind, Outcome outcome, absl::Duration began, absl::Duration ended) {
    tally_.Count(kind, outcome, kStart + began, kStart + ended);
    if (outcome == Outcome::kOk) return;
    tally_.AddLoss({.began = began, .ended = ended, .client = kind, .outcome = outcome});
  }
  nlohmann::json Json() const { return nlohmann::json::parse(JsonReport(plan_, facts_, tally_)); }

  Plan plan_;
  RunFacts facts_{.wall_start = absl::FromUnixMillis(1'700'000'000'250),
                  .elapsed = absl::Seconds(2)};
  Tally tally_{kStart, absl::Seconds(1), absl::Milliseconds(100)};
};

TEST_F(ReportTest, ARunWithoutARequestProvesNothing) {
  EXPECT_EQ(JudgeRun(tally_), Verdict::kUnknown);
  EXPECT_EQ(Json()["outcome"], "unknown");
}

TEST_F(ReportTest, CountsOfZeroAreThereToo) {
  Count(ClientKind::kBusy, Outcome::kOk, absl::ZeroDuration(), absl::Milliseconds(1));
  const nlohmann::json report = Json();
  EXPECT_EQ(report["outcome"], "clean");
  EXPECT_EQ(report["requests"], 1);
  EXPECT_EQ(report["lost"], 0);
  EXPECT_EQ(report["lost_by_kind"]["refused"], 0);
  EXPECT_EQ(report["lost_by_kind"]["crossed_close"], 0);
  EXPECT_EQ(report["lost_by_kind"].size(), 12);
  EXPECT_EQ(report["start_unix"], 1'700'000'000.25);
  EXPECT_EQ(report["losses"].size(), 0);
}

TEST_F(ReportTest, AWarmUpHidesLatencyButNoLoss) {
  Count(ClientKind::kBusy, Outcome::kOk, absl::Milliseconds(900), absl::Milliseconds(1900));
  Count(ClientKind::kBusy, Outcome::kOk, absl::Milliseconds(1000), absl::Milliseconds(1010));
  Count(ClientKind::kBusy, Outcome::kReset, absl::Milliseconds(5), absl::Milliseconds(110));
  const nlohmann::json report = Json();
  EXPECT_EQ(report["outcome"], "lost");
  EXPECT_EQ(report["latency_ms"]["count"], 1);
  EXPECT_EQ(report["latency_ms"]["max"], 10);
  EXPECT_EQ(report["lost_by_kind"]["reset"], 1);
  EXPECT_EQ(report["series"]["lost"][1], 1);
  EXPECT_EQ(report["losses"][0]["kind"], "reset");
  EXPECT_EQ(report["losses"][0]["ended"], 0.11);
}

TEST_F(ReportTest, SlowClientsAreLeftOutOfTheLatencyOfAll) {
  Count(ClientKind::kBusy, Outcome::kOk, absl::Seconds(1), absl::Milliseconds(1002));
  Count(ClientKind::kSlowReader, Outcome::kOk, absl::Seconds(1), absl::Milliseconds(1050));
  const nlohmann::json report = Json();
  EXPECT_EQ(report["latency_ms"]["max"], 2);
  EXPECT_EQ(report["clients"]["slow_reader"]["latency_ms"]["max"], 50);
  EXPECT_EQ(report["series"]["max_ms"][10], 2);
}

TEST_F(ReportTest, TheGeneratorsOwnTroubleIsNoLossAndNoCleanRunEither) {
  Count(ClientKind::kBusy, Outcome::kOk, absl::Seconds(1), absl::Milliseconds(1002));
  Count(ClientKind::kBusy, Outcome::kLocalError, absl::Seconds(1), absl::Milliseconds(1002));
  EXPECT_EQ(JudgeRun(tally_), Verdict::kUnknown);
  EXPECT_EQ(Json()["lost"], 0);
  EXPECT_EQ(Json()["local_errors"], 1);
  EXPECT_THAT(TextReport(plan_, facts_, tally_), testing::HasSubstr("(not the server's)"));
}

TEST_F(ReportTest, ABoundedNumberOfLossesIsListedButAllAreCounted) {
  for (int i = 0; i < 1005; ++i) {
    Count(ClientKind::kBusy, Outcome::kLate, absl::ZeroDuration(), absl::Seconds(1));
  }
  const nlohmann::json report = Json();
  EXPECT_EQ(report["losses"].size(), 1000);
  EXPECT_EQ(report["losses_omitted"], 5);
  EXPECT_EQ(report["lost_by_kind"]["late"], 1005);
}

TEST_F(ReportTest, TheTableNamesWhatWasLost) {
  Count(ClientKind::kBusy, Outcome::kCut, absl::ZeroDuration(), absl::Seconds(1));
  const std::string text = TextReport(plan_, facts_, tally_);
  EXPECT_THAT(text, testing::ContainsRegex("lost +1\n +cut +1\n"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("refused")));
}

}  // namespace
}  // namespace rollport::load
