#include "controller/requested_changes.h"

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fleet_file/fleet_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/shown_metrics.h"
#include "tests/controller/support/workers.h"
#include "tests/support/listen_elsewhere.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A fleet of two that serves, of which there is nothing but a fleet file and a plan: actions are
// not carried out.
class ChangesTest : public testing::Test {
 protected:
  ChangesTest() {
    runner_.Step(rollout::TimePassed{});
    Serve({1, 2});
  }
  std::string Write(int workers, const std::string& command = "/bin/sleep",
                    const std::string& more = "", const std::string& listen = "") {
    std::ofstream(dir_ / "fleet.toml")
        << "name = \"site\"\nadmin = \"\"\nworkers = " << workers << "\nlisten = [\""
        << (listen.empty() ? address_.ToString() : listen) << "\"]\n[worker]\ncommand = [\""
        << command << "\", \"1000\"]\n[roll]\n"
        << more;
    return dir_ / "fleet.toml";
  }
  fleet_file::FleetSettings Load() { return *fleet_file::LoadFleetFile(Write(2)); }
  rollout::Policy Policy() {
    rollout::Policy policy = PolicyOf(releases_.settings());
    policy.healthy_after = 1;
    policy.min_healthy_time = policy.watch = absl::ZeroDuration();
    policy.seed = 4711;
    return policy;
  }
  void Serve(const std::vector<int64_t>& ids) {
    for (const int64_t id : ids) {
      runner_.Step(rollout::WorkerBecameReady{WorkerId(id)});
      runner_.Step(rollout::WorkerProbed{WorkerId(id), rollout::ProbeResult::kGood});
    }
  }
  void Retire(int64_t id) {
    runner_.Step(rollout::WorkerQuiesced{WorkerId(id)});
    runner_.Step(rollout::ListenersLeft{WorkerId(id)});
    runner_.Step(rollout::WorkerExited{WorkerId(id), "exited"});
  }
  // Ends a roll of both slots, whose new workers have these numbers.
  void Replace(int64_t first, int64_t second, std::vector<int64_t> former) {
    for (const int64_t id : {first, second}) {
      Serve({id});
      Retire(former[id == first ? 0 : 1]);
    }
    runner_.set_policy(Policy());
  }
  double Refused() {
    return Flatten(accounts_.collector().Collect()).at("rollport_rolls_total{refused}");
  }
  std::string LastMessage() {
    api::EventLog& events = accounts_.chronicle().events();
    return events.After(events.last() - 1)->message;
  }

  const TempDir dir_;
  // Keeps the port for this test.
  const os::UniqueFd reserved_ = *os::Bind(*os::SocketAddress::Parse("127.0.0.1:0"));
  const os::SocketAddress address_ = *os::LocalAddress(reserved_.get());
  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  WorkerTable workers_;
  Releases releases_ = *Releases::TakeFirst(Load());
  Traffic traffic_{*loop_, *os::SockDiag::Create(), workers_, releases_, [] {}};
  PlanRunner runner_{*loop_, rollout::Plan(Policy(), GenerationId(1)),
                     [this](const auto&, const auto&, const rollout::Actions& actions) {
                       for (const rollout::Action& action : actions) {
                         const auto* ended = std::get_if<rollout::RollEnded>(&action);
                         if (ended == nullptr) continue;
                         releases_.NoteServed(runner_.fleet().generation);
                         accounts_.NoteRollEnded(*ended);
                       }
                     }};
  Accounts accounts_{*loop_,         workers_, releases_,
                     runner_.plan(), traffic_, [](WorkerId, const std::string&) {}};
  RequestedChanges changes_{releases_, traffic_, runner_, accounts_};
};

TEST_F(ChangesTest, ARollTakesTheNextGenerationAndWhatTheFileSaysNow) {
  Write(2, "/bin/cat", "surge = 2\nauto_revert = false\n");
  const auto number = changes_.Roll({});
  ASSERT_TRUE(number.ok()) << number.status();
  EXPECT_EQ(*number, 1);
  EXPECT_EQ(runner_.fleet().roll->to, GenerationId(2));
  EXPECT_THAT(releases_.at(GenerationId(2)).generation.command(), ElementsAre("/bin/cat", "1000"));
  EXPECT_EQ(runner_.plan().policy().surge, 2);
  EXPECT_FALSE(runner_.plan().policy().auto_revert);
  EXPECT_EQ(runner_.plan().policy().seed, 4711U);
  EXPECT_EQ(LastMessage(), "generation 1 -> 2: /bin/cat 1000");
}

TEST_F(ChangesTest, ACommandOfTheRequestTakesThePlaceOfTheFiles) {
  ASSERT_TRUE(changes_.Roll({.command = {{"/bin/cat"}}}).ok());
  EXPECT_THAT(releases_.at(GenerationId(2)).generation.command(), ElementsAre("/bin/cat"));
}

TEST_F(ChangesTest, AFileThatIsWrongChangesNothing) {
  const rollout::Plan before = runner_.plan();
  Write(2, "/bin/sleep", "surge = 0\n");
  EXPECT_EQ(changes_.Roll({}).status().code(), absl::StatusCode::kInvalidArgument);
  Write(2, "/no/such/server");
  EXPECT_THAT(std::string(changes_.Roll({}).status().message()), HasSubstr("/no/such/server"));
  EXPECT_EQ(runner_.plan(), before);
  EXPECT_EQ(releases_.kept().size(), 1U);
  EXPECT_EQ(accounts_.chronicle().last_roll(), 0);
}

TEST_F(ChangesTest, ASecondChangeIsRefusedAndCountedAndTakesNothing) {
  ASSERT_TRUE(changes_.Roll({}).ok());
  for (const auto& refused : {changes_.Roll({}), changes_.Scale(3), changes_.Restart(0)}) {
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(Refused(), 3);
  EXPECT_EQ(releases_.last(), GenerationId(2));
  EXPECT_EQ(accounts_.chronicle().last_roll(), 1);
}

TEST_F(ChangesTest, AListenerInAGroupOfItsOwnRefusesEveryChange) {
  // This process holds both listeners, and is a worker of the fleet's for the kernel's tables.
  ASSERT_TRUE(traffic_.Hold(releases_.at(GenerationId(1))).ok());
  const os::SocketAddress address = releases_.at(GenerationId(1)).listen[0];
  const os::UniqueFd ours = *os::Listen(address, 8);
  AddWorker(*loop_, workers_, 77, 0, 1, ours.get());
  os::UniqueFd stray = ListenElsewhere(address, ElsewhereBy::kDevice);
  if (!stray.valid()) GTEST_SKIP() << "may not bind to a device";
  for (const auto& refused : {changes_.Roll({}), changes_.Scale(3), changes_.Restart(0)}) {
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("which is bound to a device"));
  }
  EXPECT_EQ(Refused(), 3);
  stray.Reset();
  EXPECT_TRUE(changes_.Roll({}).ok());
}

TEST_F(ChangesTest, AnAddressThatIsTakenRefusesTheRoll) {
  const os::UniqueFd other = *os::ListenAlone(*os::SocketAddress::Parse("127.0.0.1:0"), 1);
  const std::string taken = os::LocalAddress(other.get())->ToString();
  Write(2, "/bin/sleep", "", taken);
  const absl::Status status = changes_.Roll({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(taken));
  EXPECT_EQ(Refused(), 1);
  EXPECT_EQ(releases_.kept().size(), 1U);
  EXPECT_FALSE(runner_.fleet().roll.has_value());
}

TEST_F(ChangesTest, ANumberThatScaleAskedForStaysUnlessTheFileHasANewOne) {
  ASSERT_TRUE(changes_.Scale(3).ok());
  Serve({3});
  EXPECT_EQ(runner_.fleet().open_slots(), 3);
  ASSERT_TRUE(changes_.Roll({}).ok());
  EXPECT_EQ(runner_.fleet().roll->workers, 3);
  ASSERT_TRUE(changes_.Ask(rollout::AbortRequested{}).ok());
  runner_.Step(rollout::WorkerExited{WorkerId(4), "exited"});
  ASSERT_FALSE(runner_.fleet().roll.has_value());
  Write(4);
  ASSERT_TRUE(changes_.Roll({}).ok());
  EXPECT_EQ(runner_.fleet().roll->workers, 4);
}

TEST_F(ChangesTest, UndoGoesBackToTheGenerationThatServedBefore) {
  EXPECT_EQ(changes_.Undo(std::nullopt).status().code(), absl::StatusCode::kFailedPrecondition);
  releases_.NoteServed(GenerationId(1));
  ASSERT_TRUE(changes_.Roll({}).ok());
  runner_.set_policy(Policy());
  Replace(3, 4, {1, 2});
  ASSERT_EQ(runner_.fleet().generation, GenerationId(2));
  EXPECT_EQ(changes_.Undo(9).status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(changes_.Undo(std::nullopt).ok());
  EXPECT_EQ(runner_.fleet().roll->to, GenerationId(1));
  EXPECT_THAT(LastMessage(), HasSubstr("undo: generation 2 -> 1: /bin/sleep 1000"));
}

TEST_F(ChangesTest, NumbersThatCannotBeAreNamed) {
  rollout::Policy policy = runner_.plan().policy();
  EXPECT_EQ(changes_.Scale(0).status().message(), "a fleet has 1 to 1023 workers, and not 0");
  EXPECT_EQ(changes_.Scale(1024).status().code(), absl::StatusCode::kInvalidArgument);
  policy.surge = 2;
  runner_.set_policy(policy);
  EXPECT_EQ(
      changes_.Scale(1023).status().message(),
      "1023 workers and up to 2 replacements (roll.surge) are more than the 1024 listeners of "
      "one address that can be steered");
  EXPECT_EQ(changes_.Restart(2).status().message(), "there is no slot 2: slots are 0 to 1");
  EXPECT_EQ(changes_.Restart(-1).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ChangesTest, ARollIsPausedResumedAndAbortedIfThereIsOne) {
  EXPECT_EQ(changes_.Ask(rollout::PauseRequested{}).code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(changes_.Roll({}).ok());
  EXPECT_TRUE(changes_.Ask(rollout::PauseRequested{}).ok());
  EXPECT_TRUE(runner_.fleet().roll->paused);
  EXPECT_TRUE(changes_.Ask(rollout::ResumeRequested{}).ok());
  EXPECT_FALSE(runner_.fleet().roll->paused);
  EXPECT_EQ(Refused(), 0) << "only changes are counted";
}

TEST(PolicyOfTest, TakesWhatTheFleetFileSays) {
  fleet_file::FleetSettings settings;
  settings.workers = 7;
  settings.roll.surge = 2;
  settings.roll.drain_timeout = absl::Seconds(3);
  settings.health.unhealthy_after = 9;
  const rollout::Policy policy = PolicyOf(settings);
  EXPECT_EQ(policy.workers, 7);
  EXPECT_EQ(policy.surge, 2);
  EXPECT_EQ(policy.drain_timeout, absl::Seconds(3));
  EXPECT_EQ(policy.unhealthy_after, 9);
}

}  // namespace
}  // namespace rollport::controller
