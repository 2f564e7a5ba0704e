#include "cli/progress.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/format.h"

namespace rollport::cli {

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
                      api::CutText(verdict.cut), ")");
}

void Progress::On(const api::FleetEvent& event) {
  if (!start_.has_value()) start_ = event.at;
  now_ = std::max(now_, event.at);
  // The caller prints the verdict.
  if (event.verdict.has_value()) return;
  const std::string line = EventLine(event, *start_);
  if (!console_.live) {
    console_.out << line << std::endl;
    return;
  }
  if (!event.slot.has_value()) return Redraw(line + "\n");
  const auto slot = slots_.try_emplace(*event.slot, *event.slot).first;
  slot->second.Note(event);
  if (!slot->second.Done()) return Redraw("");
  const std::string last = slot->second.LastLines(now_, console_.width);
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
  // A line that is too wide would be two, and lines that have left the screen cannot be rewritten.
  const auto draw = [this, &text](const std::string& line) {
    absl::StrAppend(&text, line.substr(0, static_cast<size_t>(console_.width - 1)), "\n");
    ++drawn_;
  };
  for (const auto& [number, slot] : slots_) {
    if (drawn_ + static_cast<int>(foot_.size()) + 2 >= console_.height) break;
    draw(slot.Line(now_));
  }
  for (const std::string& line : foot_) draw(line);
  console_.out << text << std::flush;
}

void Progress::Finish() {
  if (!console_.live) return;
  std::string last;
  for (const auto& [number, slot] : slots_) last += slot.LastLines(now_, console_.width);
  slots_.clear();
  foot_.clear();
  Redraw(last);
}

}  // namespace rollport::cli
