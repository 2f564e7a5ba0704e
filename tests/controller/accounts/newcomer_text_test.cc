#include "controller/accounts/newcomer_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

TEST(NewcomerTextTest, AProgramThatCannotSayReadyIsToldWhatToDo) {
  EXPECT_EQ(NotReadyText(fleet_file::Ready::kNotify),
            "no READY=1; if this program cannot say it, set ready = \"listening\"");
  EXPECT_EQ(NotReadyText(fleet_file::Ready::kListening),
            "it does not listen on every address of the fleet");
}

TEST(NewcomerTextTest, HowManyProbesFailedAndWhatTheLastOneGot) {
  const std::string got = "HTTP 404 to GET /healthz";
  EXPECT_EQ(ProbesText({.ended = 150, .failed = 150, .last_failed = true, .last_failure = got}),
            "all 150 probes failed, the last with: HTTP 404 to GET /healthz");
  EXPECT_EQ(ProbesText({.ended = 1, .failed = 1, .last_failed = true, .last_failure = got}),
            "its only probe failed: HTTP 404 to GET /healthz");
  EXPECT_EQ(ProbesText({.ended = 9, .failed = 4, .last_failed = true, .last_failure = got}),
            "4 of 9 probes failed, the last with: HTTP 404 to GET /healthz");
  EXPECT_EQ(ProbesText({.ended = 9, .failed = 4, .last_failure = got}),
            "4 of 9 probes failed, the last of these with: HTTP 404 to GET /healthz");
  EXPECT_EQ(ProbesText({.waiting = absl::Seconds(2)}), "its first probe has had no answer for 2s");
  EXPECT_EQ(
      ProbesText({.ended = 5, .waiting = absl::Seconds(2)}),
      "5 good and no failed probes, but healthy_after and min_healthy_time need more time than "
      "healthy_deadline has left; the probe under way has had no answer for 2s");
  EXPECT_THAT(ProbesText({.ended = 3}), testing::HasSubstr("min_healthy_time need more time"));
}

TEST(NewcomerTextTest, WhatItWroteLastOrWhereThatIs) {
  using fleet_file::Output;
  const auto text = [](const std::optional<std::vector<std::string>>& lines,
                       const fleet_file::WorkerSettings& settings) {
    return LastLinesText(lines, settings, SlotId(3), GenerationId(7));
  };
  EXPECT_EQ(text({{"a", "b"}}, {}), "; its last lines: a | b");
  EXPECT_EQ(text({{}}, {}), "; it wrote nothing");
  EXPECT_EQ(text(std::nullopt, {}), "");
  const Output file{.kind = Output::Kind::kFile, .path = "/var/log/%s-%g.log"};
  EXPECT_EQ(text(std::nullopt, {.out = file}), "; its output is in /var/log/3-7.log");
  EXPECT_EQ(text({{"a"}}, {.out = file}), "; its last lines: a");
  EXPECT_EQ(text({{}}, {.out = {.kind = Output::Kind::kNull}}), "");
}

}  // namespace
}  // namespace rollport::controller
