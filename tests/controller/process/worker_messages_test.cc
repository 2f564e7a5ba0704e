#include "controller/process/worker_messages.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

// Notes every call as a line of text.
class Notes : public WorkerMessages::Receiver {
 public:
  void OnReady(WorkerId w) override { Note("ready ", w); }
  void OnStopping(WorkerId w) override { Note("stopping ", w); }
  void OnAskedForTime(WorkerId w, absl::Duration time) override {
    Note("time ", w, absl::StrCat(": ", absl::FormatDuration(time)));
  }
  void OnMainProcess(WorkerId w, const absl::Status& followed) override {
    Note("main ", w, followed.ok() ? ": ok" : absl::StrCat(": ", std::string(followed.message())));
  }
  void OnWatchdogFailed(WorkerId w, const std::string& reason) override {
    Note("watchdog ", w, ": " + reason);
  }
  const std::vector<std::string>& all() const { return all_; }
  void set_on_note(std::function<void()> on_note) { on_note_ = std::move(on_note); }

 private:
  void Note(const char* what, WorkerId w, const std::string& more = "") {
    all_.push_back(absl::StrCat(what, w.value(), more));
    on_note_();
  }
  std::vector<std::string> all_;
  std::function<void()> on_note_ = [] {};
};

class WorkerMessagesTest : public testing::Test {
 protected:
  WorkerMessagesTest() { EXPECT_TRUE(messages_.Open().ok()); }
  // What follows from what the worker sends.
  std::vector<std::string> Say(WorkerId worker, const std::string& text) {
    const size_t before = notes_.all().size();
    fleet_.puppet(worker).Notify(messages_.path(), text);
    messages_.Read();
    return {notes_.all().begin() + static_cast<ptrdiff_t>(before), notes_.all().end()};
  }
  const WorkerProcess& process(WorkerId id) { return *fleet_.workers().Find(id); }

  TempDir dir_;
  LiveFleet fleet_;
  Notes notes_;
  WorkerMessages messages_{fleet_.loop(), fleet_.workers(), dir_ / "notify.sock", notes_};
};

TEST_F(WorkerMessagesTest, TellsWhatAWorkerSays) {
  fleet_.Launch();
  EXPECT_THAT(Say(kOne, "READY=1"), ElementsAre("ready 1"));
  EXPECT_THAT(Say(kOne, "READY=0\nSTOPPING=1"), ElementsAre("stopping 1"));
  EXPECT_THAT(Say(kOne, "EXTEND_TIMEOUT_USEC=1500000"), ElementsAre("time 1: 1.5s"));
  EXPECT_THAT(Say(kOne, "EXTEND_TIMEOUT_USEC=9223372036854775807"), ElementsAre("time 1: 24h"));
  EXPECT_THAT(Say(kOne, "EXTEND_TIMEOUT_USEC=-1"), IsEmpty());
  EXPECT_THAT(Say(kOne, "nonsense\n\n=\nX_UNKNOWN=1"), IsEmpty());
}

TEST_F(WorkerMessagesTest, AMessageComesThroughTheEventLoop) {
  fleet_.Launch().Notify(messages_.path(), "READY=1");
  EXPECT_TRUE(fleet_.RunUntil([this] { return !notes_.all().empty(); }));
}

TEST_F(WorkerMessagesTest, AChildOfAWorkerSpeaksForIt) {
  fleet_.Launch();
  fleet_.Launch().Notify(messages_.path(), "READY=1", /*by_child=*/true);
  EXPECT_TRUE(fleet_.RunUntil([this] { return !notes_.all().empty(); }));
  EXPECT_THAT(notes_.all(), ElementsAre("ready 2"));
}

TEST_F(WorkerMessagesTest, AStrangerIsNotHeard) {
  fleet_.Launch();
  setenv(os::kNotifyVariable, messages_.path().c_str(), 1);
  ASSERT_TRUE(os::Notify("READY=1\nMAINPID=1\nWATCHDOG=trigger").ok());
  messages_.Read();
  EXPECT_THAT(notes_.all(), IsEmpty());
  EXPECT_FALSE(process(kOne).killed());
}

TEST_F(WorkerMessagesTest, AWorkerThatNeverStopsTalkingDoesNotStopTheLoop) {
  Puppet& puppet = fleet_.Launch();
  bool talks = true;
  // Another message is there whenever one is handled.
  notes_.set_on_note([&] {
    if (talks) puppet.Notify(messages_.path(), "READY=1");
  });
  puppet.Notify(messages_.path(), "READY=1");
  ASSERT_TRUE(fleet_.loop().Turn(absl::Seconds(10)).ok());
  EXPECT_EQ(notes_.all().size(), 64U);
  messages_.Read();
  EXPECT_EQ(notes_.all().size(), 64U + 1024U) << "nor the end of another worker";
  talks = false;
  ASSERT_TRUE(fleet_.loop().Turn(absl::Seconds(10)).ok());
  EXPECT_EQ(notes_.all().size(), 64U + 1024U + 1U) << "and none is lost";
}

TEST_F(WorkerMessagesTest, AStatusIsFitForOneLineOfATerminal) {
  fleet_.Launch();
  Say(kOne, "STATUS=\x1b[31mred\a");
  EXPECT_EQ(process(kOne).status_text(), R"(\x1b[31mred\x07)");
  // It is cut before a character of which only a part has room.
  Say(kOne, absl::StrCat("STATUS=", std::string(255, 'x'), "é"));
  EXPECT_EQ(process(kOne).status_text(), std::string(255, 'x'));
}

TEST_F(WorkerMessagesTest, AWorkersChildMayBecomeItsMainProcess) {
  const pid_t child = fleet_.Launch().Fork(/*escapes=*/false);
  EXPECT_THAT(Say(kOne, absl::StrCat("READY=1\nMAINPID=", child)),
              ElementsAre("main 1: ok", "ready 1"));
  EXPECT_EQ(process(kOne).pid(), child);
}

TEST_F(WorkerMessagesTest, AProcessThatIsNotTheWorkersIsRefused) {
  fleet_.Launch();
  fleet_.Launch();
  EXPECT_THAT(Say(kOne, absl::StrCat("MAINPID=", fleet_.puppet(kTwo).pid())),
              ElementsAre("main 1: it is another worker's"));
  EXPECT_THAT(Say(kOne, absl::StrCat("MAINPID=", getpid())),
              ElementsAre(testing::HasSubstr("is none of its own")));
  EXPECT_THAT(Say(kOne, "MAINPID=self"), ElementsAre("main 1: no number"));
  EXPECT_THAT(Say(kOne, "MAINPID=0"), ElementsAre(testing::HasSubstr("is none of its own")));
  EXPECT_EQ(process(kOne).pid(), fleet_.puppet(kOne).pid());
}

TEST_F(WorkerMessagesTest, WhatWasSaidBeforeTheSocketIsMadeAgainIsNotLost) {
  fleet_.Launch().Notify(messages_.path(), "READY=1");
  ASSERT_EQ(unlink(messages_.path().c_str()), 0);
  EXPECT_FALSE(messages_.intact());
  ASSERT_TRUE(messages_.Open().ok());
  EXPECT_TRUE(messages_.intact());
  EXPECT_THAT(notes_.all(), ElementsAre("ready 1"));
  EXPECT_THAT(Say(kOne, "STOPPING=1"), ElementsAre("stopping 1"));
}

TEST_F(WorkerMessagesTest, WhatAWorkerSaysLastIsHeardBeforeItsEnd) {
  Puppet& puppet = fleet_.Launch();
  const pid_t child = puppet.Fork(/*escapes=*/false);
  fleet_.workers().Find(kOne)->set_before_end([this] { messages_.Read(); });
  // In one turn: the end is seen with the message still unread.
  puppet.Notify(messages_.path(), absl::StrCat("MAINPID=", child));
  puppet.Exit(0);
  ASSERT_TRUE(fleet_.RunUntil([this] { return !notes_.all().empty(); }));
  fleet_.RunFor(absl::Milliseconds(20));
  EXPECT_EQ(fleet_.ended(kOne), std::nullopt) << "the child is the worker now";
  EXPECT_EQ(process(kOne).pid(), child);
}

TEST_F(WorkerMessagesTest, AWorkerThatIsSilentTooLongIsKilled) {
  fleet_.Launch();
  messages_.StartWatchdog(kOne, absl::Milliseconds(20));
  EXPECT_EQ(fleet_.Reap(kOne).signal, SIGKILL);
  EXPECT_THAT(notes_.all(), ElementsAre("watchdog 1: was not heard of for 20ms (watchdog)"));
}

TEST_F(WorkerMessagesTest, AKilledWorkerKnowsWhy) {
  fleet_.Launch();
  EXPECT_THAT(Say(kOne, "WATCHDOG=trigger"),
              ElementsAre("watchdog 1: reported by its own watchdog"));
  EXPECT_TRUE(process(kOne).killed());
  EXPECT_EQ(process(kOne).kill_reason(), "reported by its own watchdog");
  fleet_.workers().Find(kOne)->Kill();  // as a deadline of the plan does
  EXPECT_EQ(process(kOne).kill_reason(), "reported by its own watchdog");
  EXPECT_EQ(fleet_.Reap(kOne).signal, SIGKILL);
}

TEST_F(WorkerMessagesTest, AWatchdogMayBeGivenMorePatienceAndBeStopped) {
  fleet_.Launch();
  fleet_.Launch();
  messages_.StartWatchdog(kOne, absl::Milliseconds(30));
  EXPECT_THAT(Say(kOne, "WATCHDOG_USEC=60000000"), IsEmpty());
  messages_.StartWatchdog(kOne, absl::Milliseconds(1));  // it has one
  messages_.StartWatchdog(kTwo, absl::Milliseconds(30));
  messages_.StopWatchdog(kTwo);
  messages_.StartWatchdog(kTwo, absl::ZeroDuration());
  fleet_.RunFor(absl::Milliseconds(60));
  EXPECT_THAT(notes_.all(), IsEmpty());
}

TEST_F(WorkerMessagesTest, EachWatchdogMessageBeginsTheWaitAgain) {
  fleet_.Launch();
  messages_.StartWatchdog(kOne, absl::Milliseconds(200));
  const Instant begin = fleet_.loop().Now();
  while (fleet_.loop().Now() < begin + absl::Milliseconds(100))
    fleet_.RunFor(absl::Milliseconds(5));
  Say(kOne, "WATCHDOG=1");
  const Instant heard = fleet_.loop().Now();
  fleet_.Reap(kOne);
  EXPECT_GE(fleet_.loop().Now(), heard + absl::Milliseconds(200));
}

}  // namespace
}  // namespace rollport::controller
