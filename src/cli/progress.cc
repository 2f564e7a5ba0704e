#include "cli/progress.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/columns.h"
#include "cli/format.h"

namespace rollport::cli {

namespace {

// Up to where an event begins on its line, behind its time.
constexpr int kEventHang = 13;

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
  if (!event.slot.has_value()) return Redraw(Lines(console_, line, kEventHang));
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
  // A terminal that has become narrower since shows a line as several.
  int rows = 0;
  for (const int columns : drawn_) {
    rows += std::max((columns + console_.width - 1) / console_.width, 1);
  }
  std::string text = rows > 0 ? absl::StrCat("\033[", rows, "A\033[J") : "";
  text += above;
  drawn_.clear();
  const auto draw = [this, &text](const std::string& line) {
    absl::StrAppend(&text, line, "\n");
    drawn_.push_back(Columns(line));
  };
  std::vector<std::string> foot;
  for (const std::string& line : foot_) {
    for (std::string& part : Fold(line, console_.width - 1, kIndent))
      foot.push_back(std::move(part));
  }
  // Lines that have left the screen cannot be rewritten.
  const int room = console_.height - 2 - static_cast<int>(foot.size());
  for (const auto& [number, slot] : slots_) {
    const std::vector<std::string> lines =
        Fold(slot.Line(now_), console_.width - 1, SlotProgress::kHang);
    if (static_cast<int>(drawn_.size() + lines.size()) > room) break;
    for (const std::string& line : lines) draw(line);
  }
  for (const std::string& line : foot) draw(line);
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
