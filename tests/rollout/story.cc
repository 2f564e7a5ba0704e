#include "tests/rollout/story.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "rollout/invariants.h"
#include "rollout/plan.h"
#include "rollout/trace.h"
#include "tests/rollout/parse_event.h"
#include "tests/rollout/scenario.h"

namespace rollport::rollout {
namespace {

const std::map<std::string, int Policy::*> kCounts = {
    {"workers", &Policy::workers},
    {"surge", &Policy::surge},
    {"healthy_after", &Policy::healthy_after},
    {"unhealthy_after", &Policy::unhealthy_after}};
const std::map<std::string, absl::Duration Policy::*> kTimes = {
    {"min_healthy_time", &Policy::min_healthy_time},
    {"watch", &Policy::watch},
    {"healthy_deadline", &Policy::healthy_deadline},
    {"handshake_timeout", &Policy::handshake_timeout},
    {"drain_timeout", &Policy::drain_timeout},
    {"backoff_first", &Policy::backoff_first},
    {"backoff_max", &Policy::backoff_max},
    {"stable_after", &Policy::stable_after}};

// False if there is no such key, or the value is none.
bool Set(Policy& policy, const std::string& key, const std::string& value) {
  if (key == "auto_revert") return absl::SimpleAtob(value, &policy.auto_revert);
  if (const auto count = kCounts.find(key); count != kCounts.end()) {
    return absl::SimpleAtoi(value, &(policy.*count->second));
  }
  const auto time = kTimes.find(key);
  return time != kTimes.end() && absl::ParseDuration(value, &(policy.*time->second));
}

using Lines = std::vector<std::string>;

// The lines of a text that ends with a line break.
Lines Split(const std::string& text) { return absl::StrSplit(absl::StripSuffix(text, "\n"), '\n'); }

class Teller {
 public:
  void Write(const std::string& line) { absl::StrAppend(&retold_.text, line, "\n"); }
  // Follows one line of the author's.
  void Follow(int line, const std::string& text) {
    line_ = line;
    if (text.empty() || text[0] == '#') return;
    const bool fresh = absl::StartsWith(text, "new fleet ");
    if (fresh || absl::StartsWith(text, "fleet ")) return Begin(text, !fresh);
    Happen(text);
  }
  Retold Finish() { return std::move(retold_); }

 private:
  void Mistake(const std::string& what) {
    retold_.mistakes.push_back(absl::StrCat("line ", line_, ": ", what));
  }

  void Begin(const std::string& text, bool steady) {
    Policy policy = SmallPolicy(1);
    const std::vector<std::string> words = absl::StrSplit(text, ' ');
    for (const std::string& word : words) {
      const std::vector<std::string> pair = absl::StrSplit(word, absl::MaxSplits('=', 1));
      if (pair.size() == 2 && !Set(policy, pair[0], pair[1])) Mistake("there is no " + word);
    }
    plan_.emplace(policy, GenerationId(1));
    if (steady) Start();
    zero_ = now_;
    picture_.clear();
    Show();
  }
  void Start() {
    plan_->Step(now_, TimePassed{});
    const auto each = [this](auto&& what) {
      for (int i = 1; i <= plan_->policy().workers; ++i) what(WorkerId(i));
    };
    each([this](WorkerId id) { plan_->Step(now_, WorkerBecameReady{id}); });
    for (int n = 0; n < plan_->policy().healthy_after; ++n) {
      each([this](WorkerId id) { plan_->Step(now_, WorkerProbed{id, ProbeResult::kGood}); });
    }
    now_ = now_ + plan_->policy().min_healthy_time;
    each([this](WorkerId id) { plan_->Step(now_, WorkerProbed{id, ProbeResult::kGood}); });
    if (plan_->view().state() != FleetState::kSteady) Mistake("the fleet does not start");
  }

  void Happen(const std::string& text) {
    const std::pair<std::string, std::string> words = absl::StrSplit(text, absl::MaxSplits(' ', 1));
    absl::Duration time;
    const std::optional<Event> event = ParseEvent(words.second);
    if (!plan_ || !absl::ParseDuration(words.first, &time) || !event) {
      return Mistake("cannot be read: " + text);
    }
    const Instant when = zero_ + time;
    if (when < now_) Mistake("goes back in time");
    if (const Instant due = plan_->NextDeadline(); due < when) {
      Mistake(absl::StrCat("jumps over the deadline at ", absl::FormatDuration(due - zero_)));
    }
    now_ = std::max(now_, when);
    Step(*event);
  }
  void Step(const Event& event) {
    const Fleet before = plan_->view();
    const Actions actions = plan_->Step(now_, event);
    for (const std::string& broken : BrokenPromises(before, actions, plan_->view())) {
      Mistake(broken);
    }
    for (const Action& action : actions) Write("  " + ToString(action));
    Show();
  }
  // Draws the lines of the fleet that have changed.
  void Show() {
    const Lines before = std::exchange(picture_, Split(ToString(plan_->view(), zero_)));
    for (size_t i = 0; i < picture_.size(); ++i) {
      const bool same = before.size() == picture_.size() && before[i] == picture_[i];
      if (!same) Write("  | " + picture_[i]);
    }
  }

  std::optional<Plan> plan_;
  Instant now_ = Instant::FromNanos(1'000'000'000);
  Instant zero_;
  Lines picture_;  // the fleet after the last step
  int line_ = 0;
  Retold retold_;
};

}  // namespace

Retold Retell(const std::string& story) {
  Teller teller;
  const Lines lines = Split(story);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (absl::StartsWith(lines[i], " ")) continue;
    const int number = static_cast<int>(i) + 1;
    std::string text = lines[i];
    teller.Write(lines[i]);
    while (i + 1 < lines.size() && absl::StartsWith(lines[i + 1], "+ ")) {
      text += lines[++i].substr(1);
      teller.Write(lines[i]);
    }
    teller.Follow(number, text);
  }
  return teller.Finish();
}

}  // namespace rollport::rollout
