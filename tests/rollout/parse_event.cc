#include "tests/rollout/parse_event.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "rollout/trace.h"

namespace rollport::rollout {
namespace {

// The words of a line, one after the other, and what stands in parentheses at its end. What is
// missing or not understood reads as 0 or "": ParseEvent() compares the event's text in the end.
class Words {
 public:
  explicit Words(const std::string& text) {
    const size_t open = text.find(" (");
    words_ = absl::StrSplit(text.substr(0, open), ' ');
    if (open != text.npos) detail_ = text.substr(open + 2, text.size() - open - 3);
  }

  const std::string& detail() const { return detail_; }
  bool done() const { return next_ == words_.size(); }
  std::string Word() { return done() ? "" : words_[next_++]; }
  // Goes past this word, if it is the next one.
  bool Skip(const std::string& word) {
    const bool there = !done() && words_[next_] == word;
    if (there) ++next_;
    return there;
  }
  int64_t Number() {
    int64_t number = 0;
    return absl::SimpleAtoi(Word(), &number) ? number : 0;
  }
  absl::Duration Time() {
    absl::Duration time;
    return absl::ParseDuration(Word(), &time) ? time : absl::ZeroDuration();
  }
  WorkerId Worker() { return WorkerId(Number()); }

 private:
  std::vector<std::string> words_;
  size_t next_ = 0;
  std::string detail_;
};

// "1 slot 0 generation 1 serving", and "left" if it listens no more.
FoundWorker ParseFound(Words& words) {
  FoundWorker found{.worker = words.Worker()};
  words.Skip("slot");
  found.slot = SlotId(words.Number());
  words.Skip("generation");
  found.generation = GenerationId(words.Number());
  found.state = StateNamed(words.Word()).value_or(WorkerState::kStarting);
  found.listening = !words.Skip("left");
  return found;
}

Event ParseFleet(Words& words) {
  FleetFound found;
  while (!words.done()) {
    if (words.Skip("rolling")) {
      words.Skip("to");
      found.roll = FoundRoll{.to = GenerationId(words.Number())};
    } else {
      found.workers.push_back(ParseFound(words));
    }
  }
  return found;
}

Event ParseRoll(Words& words) {
  RollRequested roll{.generation = GenerationId(words.Number())};
  while (words.Skip("canary")) {
    CanaryStep& step = roll.canary.emplace_back();
    step.millionths = static_cast<uint32_t>(words.Number());
    step.hold = words.Time();
  }
  if (words.Skip("workers")) roll.workers = static_cast<int>(words.Number());
  return roll;
}

Event ParseProbe(Words& words) {
  WorkerProbed probed{words.Worker(), ProbeResult::kNone, words.detail()};
  const std::string result = words.Word();
  for (const ProbeResult known :
       {ProbeResult::kGood, ProbeResult::kOverdue, ProbeResult::kBad, ProbeResult::kSilent}) {
    if (result == Name(known)) probed.result = known;
  }
  if (words.Skip("after")) probed.age = words.Time();
  return probed;
}

Event ParseAskedForTime(Words& words) {
  const WorkerId worker = words.Worker();
  return WorkerAskedForTime{worker, words.Time()};
}

const std::map<std::string, Event (*)(Words&)> kParsers = {
    {"TimePassed", [](Words&) -> Event { return TimePassed{}; }},
    {"FleetFound", ParseFleet},
    {"WorkerBecameReady", [](Words& w) -> Event { return WorkerBecameReady{w.Worker()}; }},
    {"WorkerProbed", ParseProbe},
    {"WorkerExited",
     [](Words& w) -> Event {
       return WorkerExited{w.Worker(), w.detail()};
     }},
    {"WorkerQuiesced", [](Words& w) -> Event { return WorkerQuiesced{w.Worker()}; }},
    {"AcceptQueueChanged",
     [](Words& w) -> Event {
       const WorkerId worker = w.Worker();
       return AcceptQueueChanged{worker, static_cast<int>(w.Number())};
     }},
    {"ListenersLeft", [](Words& w) -> Event { return ListenersLeft{w.Worker()}; }},
    {"WorkerAskedForTime", ParseAskedForTime},
    {"CanaryFoundWorse",
     [](Words& w) -> Event {
       return CanaryFoundWorse{w.Worker(), w.detail()};
     }},
    {"RollRequested", ParseRoll},
    {"ScaleRequested",
     [](Words& w) -> Event { return ScaleRequested{static_cast<int>(w.Number())}; }},
    {"RestartRequested", [](Words& w) -> Event { return RestartRequested{SlotId(w.Number())}; }},
    {"PauseRequested", [](Words&) -> Event { return PauseRequested{}; }},
    {"ResumeRequested", [](Words&) -> Event { return ResumeRequested{}; }},
    {"AbortRequested", [](Words&) -> Event { return AbortRequested{}; }},
    {"StopRequested", [](Words&) -> Event { return StopRequested{}; }},
    {"ForceRequested", [](Words&) -> Event { return ForceRequested{}; }},
};

}  // namespace

std::optional<Event> ParseEvent(const std::string& text) {
  Words words(text);
  const auto parser = kParsers.find(words.Word());
  if (parser == kParsers.end()) return std::nullopt;
  const Event event = parser->second(words);
  if (ToString(event) != text) return std::nullopt;
  return event;
}

}  // namespace rollport::rollout
