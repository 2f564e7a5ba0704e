#include "tests/rollout/parse_event.h"

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "rollout/trace.h"

namespace rollport::rollout {
namespace {

TEST(ParseEventTest, EveryKindOfEventIsReadBack) {
  const std::vector<std::string> texts = {
      "TimePassed",
      "FleetFound",
      "FleetFound 1 slot 0 generation 2 serving 4 slot 1 generation 1 draining left",
      "FleetFound 1 slot 0 generation 2 serving rolling to 2",
      "WorkerBecameReady 3",
      "WorkerProbed 3 good",
      "WorkerProbed 3 bad (GET /healthz: 500)",
      "WorkerProbed 3 silent after 1s (not accepted)",
      "WorkerProbed 3 overdue after 250ms",
      "WorkerExited 3 (killed by signal 9 (Killed))",
      "WorkerExited 3",
      "WorkerQuiesced 3",
      "AcceptQueueChanged 3 17",
      "ListenersLeft 3",
      "WorkerAskedForTime 3 1.5s",
      "CanaryFoundWorse 3 (5xx 12 % against 0 %)",
      "RollRequested 2",
      "RollRequested 2 canary 50000 1m canary 250000 inf workers 3",
      "ScaleRequested 4",
      "RestartRequested 0",
      "PauseRequested",
      "ResumeRequested",
      "AbortRequested",
      "StopRequested",
      "ForceRequested",
  };
  std::set<size_t> kinds;
  for (const std::string& text : texts) {
    const std::optional<Event> event = ParseEvent(text);
    ASSERT_TRUE(event.has_value()) << text;
    EXPECT_EQ(ToString(*event), text);
    kinds.insert(event->index());
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Event>);
}

TEST(ParseEventTest, AnythingElseIsNoEvent) {
  for (const char* text :
       {"", "WorkerExploded 3", "WorkerQuiesced", "WorkerQuiesced three", "WorkerQuiesced 3 4",
        "WorkerProbed 3", "WorkerProbed 3 fine", "ScaleRequested 4x", "RollRequested 2 canary 5",
        "FleetFound 1 slot 0 generation 1 sleeping", " TimePassed", "TimePassed "}) {
    EXPECT_FALSE(ParseEvent(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace rollport::rollout
