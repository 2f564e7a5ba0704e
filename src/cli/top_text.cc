#include "cli/top_text.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "cli/format.h"
#include "cli/status_text.h"
#include "cli/top_graph.h"

namespace rollport::cli {
namespace {

constexpr int kHighestGraph = 12;

std::optional<Color> ColorOf(const std::string& state) {
  if (state == "serving") return Color::kGreen;
  if (state == "killed" || state == "stuck") return Color::kRed;
  if (state == "starting" || state == "ready" || state == "healthy") return std::nullopt;
  return Color::kYellow;
}

// "  1520 requests/s, 0.0 errors/s (5xx), p50 1.25ms, p99 8.75ms, 24 connections"
std::string Totals(const TopView& view) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    absl::StrAppend(&text, text.empty() ? std::string(kIndent, ' ') : ", ", part);
  };
  if (const std::optional<Rates> all = view.rates.All()) {
    add(absl::StrCat(ShortNumber(all->requests), " requests/s"));
    add(absl::StrCat(ShortNumber(all->errors), " errors/s (5xx)"));
    if (all->p50.has_value()) add(absl::StrCat("p50 ", ShortDuration(*all->p50)));
    if (all->p99.has_value()) add(absl::StrCat("p99 ", ShortDuration(*all->p99)));
  }
  std::optional<int64_t> connections;
  for (const api::WorkerStatus& worker : view.status.workers) {
    if (worker.connections.has_value()) {
      connections = connections.value_or(0) + *worker.connections;
    }
  }
  if (connections.has_value()) {
    add(absl::StrCat(*connections, *connections == 1 ? " connection" : " connections"));
  }
  return text;
}

// The lines above the workers, at most `most` of them, the most important first.
std::vector<std::string> Head(const Console& console, const TopView& view, int most) {
  std::vector<std::string> lines;
  const auto add = [&](std::string_view text, std::optional<Color> color) {
    for (const std::string& line : Fold(text, console.width, 2 * kIndent)) {
      lines.push_back(color.has_value() ? Paint(console, *color, line) : line);
    }
  };
  std::vector<std::string> about =
      absl::StrSplit(StatusHead(view.status, console.width), '\n', absl::SkipEmpty());
  add(about.front(), std::nullopt);
  about.erase(about.begin());
  if (!view.trouble.empty()) add(view.trouble, Color::kRed);
  if (const std::string totals = Totals(view); !totals.empty()) add(totals, std::nullopt);
  for (const std::string& line : about) lines.push_back(Cut(line, console.width));
  if (static_cast<int>(lines.size()) > most) lines.resize(static_cast<size_t>(std::max(most, 0)));
  return lines;
}

std::vector<TopRow> Rows(const TopView& view) {
  std::vector<TopRow> rows;
  for (const api::WorkerStatus& worker : view.status.workers) {
    rows.push_back({worker, view.rates.Of(worker.pid)});
  }
  SortTop(view.order, view.invert, &rows);
  return rows;
}

// A line of the table in its colour. What may no longer be true is dimmed.
std::string PaintRow(const Console& console, const TopView& view, const TopRow& row,
                     const std::string& line) {
  const std::optional<Color> color =
      view.trouble.empty() ? ColorOf(row.worker.state) : std::optional(Color::kDim);
  return color.has_value() ? Paint(console, *color, line) : line;
}

void AddGraph(const Console& console, const TopView& view, int room,
              std::vector<std::string>* lines) {
  const std::vector<double>& past = view.rates.past();
  // An empty line, one that says what is shown, and two or more of the graph.
  if (room < 4 || past.empty()) return;
  const std::vector<std::string> graph =
      GraphOf(past, console.width, std::min(room - 2, kHighestGraph), view.blocks);
  const size_t shown = std::min(past.size(), static_cast<size_t>(console.width));
  const double most = *std::max_element(past.end() - static_cast<ptrdiff_t>(shown), past.end());
  lines->emplace_back();
  lines->push_back(
      Paint(console, Color::kDim,
            Cut(absl::StrCat("requests/s, the last ", shown, " looks, at most ", ShortNumber(most)),
                console.width)));
  lines->insert(lines->end(), graph.begin(), graph.end());
}

const char* NameOf(TopOrder order) {
  const auto* const sort = std::find_if(kTopSorts.begin(), kTopSorts.end(),
                                        [order](const TopSort& s) { return s.order == order; });
  return sort->name;
}

std::string LastLine(const TopView& view, int last, int all) {
  std::string text = absl::StrCat(view.clock, "  q quits, ? helps");
  if (view.order != TopOrder::kSlot || view.invert) {
    absl::StrAppend(&text, "; by ", NameOf(view.order), view.invert ? ", inverted" : "");
  }
  if (all > view.page) {
    absl::StrAppend(&text, "; rows ", view.scroll + 1, " to ", last, " of ", all,
                    ", j and k scroll");
  }
  return text;
}

std::vector<std::string> HelpLines(const Console& console) {
  std::vector<std::string> lines = {
      "rollport top: the fleet, looked at once a second",
      "",
      "  q, Ctrl-C         quit",
      "  ?, h              this help; any key leaves it",
      "  j, k, arrows      scroll by a line",
      "  space, b          by a page, as do Page Down and Page Up",
      "  g, G              to the first, to the last, as do Home and End",
      "  i                 invert the order",
      "",
      "sort by"};
  for (const TopSort& sort : kTopSorts) {
    lines.push_back(absl::StrCat("  ", std::string(1, sort.key), "                 ", sort.name));
  }
  for (const char* line :
       {"", "QUEUE  connections that wait until the worker accepts them",
        "CONNS  connections that it has; REQ/S and 5XX/S answers per second",
        "P50, P99  the time that half, and 99 of 100, of its answers took at most",
        "-      not known: the worker does not count it"}) {
    lines.emplace_back(line);
  }
  for (std::string& line : lines) line = Cut(line, console.width);
  return lines;
}

void Limit(int height, std::vector<std::string>* lines) {
  lines->resize(std::min(lines->size(), static_cast<size_t>(std::max(height, 0))));
}

}  // namespace

std::vector<std::string> TopLines(const Console& console, TopView* view) {
  if (view->help) {
    std::vector<std::string> lines = HelpLines(console);
    Limit(console.height, &lines);
    return lines;
  }
  const std::vector<TopRow> rows = Rows(*view);
  const TopTable table = TableOf(rows, console.width);
  const int all = static_cast<int>(rows.size());
  // Some workers are shown even if much is to be said of the fleet: three lines are the table's
  // head, the empty one above it and the last one.
  const int workers = std::clamp(all, 1, std::max(console.height / 3, 1));
  std::vector<std::string> lines = Head(console, *view, std::max(console.height - 3 - workers, 1));
  if (console.height > 8) lines.emplace_back();
  lines.push_back(Paint(console, Color::kDim, table.head));
  view->page = std::max(console.height - static_cast<int>(lines.size()) - 1, 0);
  view->scroll = std::clamp(view->scroll, 0, std::max(all - view->page, 0));
  const int last = std::min(all, view->scroll + view->page);
  for (int i = view->scroll; i < last; ++i) {
    lines.push_back(PaintRow(console, *view, rows[static_cast<size_t>(i)],
                             table.lines[static_cast<size_t>(i)]));
  }
  if (rows.empty()) lines.emplace_back(Cut("  no workers", console.width));
  AddGraph(console, *view, console.height - 1 - static_cast<int>(lines.size()), &lines);
  Limit(console.height - 1, &lines);
  lines.push_back(Paint(console, Color::kDim, Cut(LastLine(*view, last, all), console.width)));
  return lines;
}

}  // namespace rollport::cli
