#include "cli/top_text.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/format.h"
#include "cli/status_text.h"

namespace rollport::cli {
namespace {

using api::WorkerStatus;

constexpr int kBar = 15;

// A bar in proportion to `share`; the greatest share fills it.
std::string Bar(double share, double greatest) {
  if (greatest <= 0) return "";
  const double cells = share / greatest * kBar;
  // Every share above 0 is visible, however small.
  const int length = share > 0 ? std::max(1, static_cast<int>(std::lround(cells))) : 0;
  return std::string(static_cast<size_t>(length), '#');
}

std::optional<Color> ColorOf(const std::string& state) {
  if (state == "serving") return Color::kGreen;
  if (state == "killed" || state == "stuck") return Color::kRed;
  if (state == "starting" || state == "ready" || state == "healthy") return std::nullopt;
  return Color::kYellow;
}

// The lines above the workers.
std::vector<std::string> Head(const Console& console, const TopView& view) {
  std::vector<std::string> lines = absl::StrSplit(StatusHead(view.status), '\n', absl::SkipEmpty());
  for (std::string& line : lines) line = Cut(line, console.width);
  if (!view.trouble.empty()) {
    lines.push_back(Paint(console, Color::kRed, Cut(view.trouble, console.width)));
  }
  lines.emplace_back();
  lines.push_back(Cut(WorkerHead(), console.width));
  return lines;
}

std::vector<std::string> Workers(const Console& console, const TopView& view) {
  double greatest = 0;
  for (const WorkerStatus& worker : view.status.workers) {
    greatest = std::max(greatest, worker.share);
  }
  std::vector<std::string> lines;
  for (const WorkerStatus& worker : view.status.workers) {
    const std::string line =
        Cut(absl::StrCat(WorkerLine(worker), " ", Bar(worker.share, greatest)), console.width);
    // What may no longer be true is dimmed.
    const std::optional<Color> color =
        view.trouble.empty() ? ColorOf(worker.state) : std::optional(Color::kDim);
    lines.push_back(color.has_value() ? Paint(console, *color, line) : line);
  }
  if (lines.empty()) lines.emplace_back("  no workers");
  return lines;
}

}  // namespace

std::vector<std::string> TopLines(const Console& console, TopView* view) {
  std::vector<std::string> lines = Head(console, *view);
  const std::vector<std::string> workers = Workers(console, *view);
  const int room = std::max(console.height - static_cast<int>(lines.size()) - 1, 0);
  const int all = static_cast<int>(workers.size());
  view->scroll = std::clamp(view->scroll, 0, std::max(all - room, 0));
  const int last = std::min(all, view->scroll + room);
  lines.insert(lines.end(), workers.begin() + view->scroll, workers.begin() + last);
  const std::string rows = all > room ? absl::StrCat("; rows ", view->scroll + 1, " to ", last,
                                                     " of ", all, ", j and k scroll")
                                      : "";
  lines.resize(static_cast<size_t>(std::min(static_cast<int>(lines.size()), console.height - 1)));
  lines.push_back(Paint(console, Color::kDim,
                        Cut(absl::StrCat(view->clock, "  q quits", rows), console.width)));
  return lines;
}

}  // namespace rollport::cli
