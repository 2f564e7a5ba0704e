#include "cli/progress.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "cli/format.h"

namespace rollport::cli {
namespace {

// os::ExitStatus::ToString of a worker that ended as it should, which needs no words.
constexpr char kCleanExit[] = "exited with status 0";

}  // namespace

std::string EventLine(const api::FleetEvent& event, absl::Time start) {
  std::string line = absl::StrFormat("%9s", Seconds(event.at - start));
  if (event.slot.has_value()) absl::StrAppend(&line, "  slot ", *event.slot);
  if (event.generation.has_value()) absl::StrAppend(&line, "  generation ", *event.generation);
  absl::StrAppend(&line, "  ", event.phase.empty() ? Words(event.kind) : event.phase);
  absl::StrAppend(&line, Took(event));
  if (!event.message.empty()) absl::StrAppend(&line, ": ", event.message);
  return line;
}

std::string VerdictText(const api::Verdict& verdict, const std::string& done) {
  const std::string generation = absl::StrCat("generation ", verdict.generation);
  std::string text;
  if (verdict.outcome == "rolled") {
    text = absl::StrCat(done, ": ", generation, " runs in every slot");
  } else {
    text = absl::StrCat(verdict.outcome, verdict.reason.empty() ? "" : ": ", verdict.reason, "; ",
                        generation, " stays");
  }
  if (verdict.outcome == "refused") return text;
  return absl::StrCat(text, " (", verdict.replaced, " replaced, ", Seconds(verdict.elapsed), ", ",
                      verdict.cut, verdict.cut == 1 ? " connection cut)" : " connections cut)");
}

bool Progress::Done(const Slot& slot) {
  const auto living =
      std::count_if(slot.begin(), slot.end(), [](const Track& track) { return !track.gone; });
  // With one worker alone, its predecessor's retirement is still to come.
  return slot.size() > 1 && living == 1 && !slot.back().gone &&
         slot.back().phases.back().first == "serving";
}

std::string Progress::TrackText(const Track& track, absl::Time now, bool brief) {
  std::string text = absl::StrCat("gen ", track.generation, ": ");
  const auto& phases = track.phases;
  const bool serves = phases.back().first == "serving";
  if (serves && brief) {
    return absl::StrCat(text, "serving after ",
                        Seconds(phases.back().second - phases.front().second));
  }
  for (size_t i = 0; i < phases.size(); ++i) {
    const bool last = i + 1 == phases.size();
    absl::StrAppend(&text, i == 0 ? "" : ", ", phases[i].first);
    // How long it serves is not of this roll, and "gone" lasts for ever.
    if (last && (track.gone || serves)) continue;
    const absl::Time until = last ? now : phases[i + 1].second;
    absl::StrAppendFormat(&text, " %.2f", absl::ToDoubleSeconds(until - phases[i].second));
  }
  return track.message.empty() ? text : absl::StrCat(text, " (", track.message, ")");
}

std::string Progress::SlotLine(int number, const Slot& slot, bool brief) const {
  std::string line = absl::StrFormat("slot %-3d", number);
  // The newest first: it is what the reader waits for.
  for (auto track = slot.rbegin(); track != slot.rend(); ++track) {
    absl::StrAppend(&line, track == slot.rbegin() ? " " : " | ", TrackText(*track, now_, brief));
  }
  return line;
}

std::string Progress::LastLines(int number, const Slot& slot) const {
  std::string line = SlotLine(number, slot, /*brief=*/false);
  if (line.size() >= static_cast<size_t>(console_.width)) {
    line = absl::StrReplaceAll(line, {{" | ", "\n         "}});
  }
  return line + "\n";
}

void Progress::Note(const api::FleetEvent& event) {
  Slot& slot = slots_[*event.slot];
  auto track = std::find_if(slot.begin(), slot.end(), [&event](const Track& t) {
    return t.pid == event.pid.value_or(0) && t.generation == event.generation.value_or(0);
  });
  if (track == slot.end()) {
    // A predecessor is first heard of when it is retired, after its replacement.
    const Track fresh{.generation = event.generation.value_or(0), .pid = event.pid.value_or(0)};
    const bool starts = event.phase == "starting";
    track = slot.insert(starts ? slot.end() : slot.begin(), fresh);
  }
  // A canary's step is told of at the foot.
  const bool failure =
      event.message != kCleanExit && event.kind != api::event_kind::kCanaryStepBegan;
  if (!event.message.empty() && failure) track->message = event.message;
  if (event.kind == api::event_kind::kWorkerExited) track->gone = true;
  const std::string phase = track->gone ? "gone" : event.phase;
  // News of a worker that says nothing of its state is news of how it is.
  if (!track->phases.empty() && phase == track->phases.back().first) return;
  if (!phase.empty() || track->phases.empty()) {
    track->phases.emplace_back(phase.empty() ? Words(event.kind) : phase, event.at);
  }
}

void Progress::On(const api::FleetEvent& event) {
  if (!start_.has_value()) start_ = event.at;
  now_ = std::max(now_, event.at);
  // The verdict is printed by whoever waits for it.
  if (event.verdict.has_value()) return;
  const std::string line = EventLine(event, *start_);
  if (!console_.live) {
    console_.out << line << std::endl;
    return;
  }
  if (!event.slot.has_value()) return Redraw(line + "\n");
  Note(event);
  const auto slot = slots_.find(*event.slot);
  if (!Done(slot->second)) return Redraw("");
  const std::string last = LastLines(slot->first, slot->second);
  slots_.erase(slot);
  Redraw(last);
}

void Progress::Tick(absl::Time now) {
  now_ = std::max(now_, now);
  if (console_.live && !(slots_.empty() && foot_.empty())) Redraw("");
}

void Progress::SetFoot(std::vector<std::string> foot) {
  if (!console_.live || foot == foot_) return;
  foot_ = std::move(foot);
  Redraw("");
}

void Progress::Redraw(const std::string& above) {
  std::string text = drawn_ > 0 ? absl::StrCat("\033[", drawn_, "A\033[J") : "";
  text += above;
  drawn_ = 0;
  // A line that goes over the edge would be two, and more lines than the screen holds could not be
  // taken off again.
  const auto draw = [this, &text](const std::string& line) {
    absl::StrAppend(&text, line.substr(0, static_cast<size_t>(console_.width - 1)), "\n");
    ++drawn_;
  };
  for (const auto& [number, slot] : slots_) {
    if (drawn_ + static_cast<int>(foot_.size()) + 2 >= console_.height) break;
    draw(SlotLine(number, slot, /*brief=*/true));
  }
  for (const std::string& line : foot_) draw(line);
  console_.out << text << std::flush;
}

void Progress::Finish() {
  if (!console_.live) return;
  std::string last;
  for (const auto& [number, slot] : slots_) absl::StrAppend(&last, LastLines(number, slot));
  slots_.clear();
  foot_.clear();
  Redraw(last);
}

}  // namespace rollport::cli
