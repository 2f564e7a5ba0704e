#include "cli/top_table.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/strings.h"
#include "cli/columns.h"
#include "cli/format.h"

namespace rollport::cli {
namespace {

constexpr int kBar = 15;

std::string Dash(const std::optional<int64_t>& value) {
  return value.has_value() ? absl::StrCat(*value) : "-";
}

std::string Rate(const TopRow& row, double Rates::*rate) {
  return row.rates.has_value() ? ShortNumber((*row.rates).*rate) : "-";
}

std::string QuantileText(const TopRow& row, std::optional<absl::Duration> Rates::*quantile) {
  if (!row.rates.has_value() || !((*row.rates).*quantile).has_value()) return "-";
  return ShortDuration(*((*row.rates).*quantile));
}

std::string Share(const TopRow& row) { return absl::StrFormat("%.1f%%", row.worker.share * 100); }

struct Column {
  const char* head;
  int width;
  int rank;  // columns of a low rank are shown first
  bool left;
  std::string (*text)(const TopRow& row);
};
constexpr std::array kColumns = {
    Column{"SLOT", 4, 0, false, [](const TopRow& r) { return absl::StrCat(r.worker.slot); }},
    Column{"PID", 7, 5, false, [](const TopRow& r) { return absl::StrCat(r.worker.pid); }},
    Column{"GEN", 4, 3, false, [](const TopRow& r) { return absl::StrCat(r.worker.generation); }},
    Column{"STATE", 10, 0, true, [](const TopRow& r) { return r.worker.state; }},
    Column{"SHARE", 6, 1, false, Share},
    Column{"QUEUE", 5, 6, false, [](const TopRow& r) { return Dash(r.worker.accept_queue); }},
    Column{"CONNS", 6, 4, false, [](const TopRow& r) { return Dash(r.worker.connections); }},
    Column{"REQ/S", 6, 1, false, [](const TopRow& r) { return Rate(r, &Rates::requests); }},
    Column{"5XX/S", 5, 3, false, [](const TopRow& r) { return Rate(r, &Rates::errors); }},
    Column{"P50", 6, 7, false, [](const TopRow& r) { return QuantileText(r, &Rates::p50); }},
    Column{"P99", 6, 2, false, [](const TopRow& r) { return QuantileText(r, &Rates::p99); }},
    Column{"UP", 7, 5, false, [](const TopRow& r) { return Age(r.worker.uptime); }},
};

// The greatest rank up to which all columns fit into `width`.
int ShownRank(int width) {
  for (int rank = 7; rank > 0; --rank) {
    int sum = -1;
    for (const Column& column : kColumns) sum += column.rank <= rank ? column.width + 1 : 0;
    if (sum <= width) return rank;
  }
  return 0;
}

std::string Line(int rank, const auto& cell) {
  std::string line;
  for (const Column& column : kColumns) {
    if (column.rank > rank) continue;
    const std::string text = cell(column);
    absl::StrAppend(&line, line.empty() ? "" : " ",
                    column.left ? PadRight(text, column.width) : PadLeft(text, column.width));
  }
  return line;
}

// A bar in proportion to `share`; the greatest share fills it.
std::string Bar(double share, double greatest) {
  if (greatest <= 0) return "";
  const double cells = share / greatest * kBar;
  // Every share above 0 is visible, however small.
  const int length = share > 0 ? std::max(1, static_cast<int>(std::lround(cells))) : 0;
  return std::string(static_cast<size_t>(length), '#');
}

std::string NoteOf(const api::WorkerStatus& worker) {
  if (worker.trouble.empty()) return worker.status_text;
  return absl::StrCat("probe: ", worker.trouble);
}

// What the line is sorted by, the greater first.
double Weight(TopOrder order, const TopRow& row) {
  const std::optional<Rates>& rates = row.rates;
  switch (order) {
    case TopOrder::kSlot:
      return 0;
    case TopOrder::kShare:
      return row.worker.share;
    case TopOrder::kConnections:
      return static_cast<double>(row.worker.connections.value_or(-1));
    case TopOrder::kRequests:
      return rates.has_value() ? rates->requests : -1;
    case TopOrder::kErrors:
      return rates.has_value() ? rates->errors : -1;
    case TopOrder::kLatency:
      return rates.has_value() && rates->p99.has_value() ? absl::ToDoubleSeconds(*rates->p99) : -1;
    case TopOrder::kUptime:
      break;
  }
  return absl::ToDoubleSeconds(row.worker.uptime);
}

}  // namespace

void SortTop(TopOrder order, bool invert, std::vector<TopRow>* rows) {
  const auto before = [order](const TopRow& a, const TopRow& b) {
    return std::tuple(-Weight(order, a), a.worker.slot) <
           std::tuple(-Weight(order, b), b.worker.slot);
  };
  std::stable_sort(rows->begin(), rows->end(), before);
  if (invert) std::reverse(rows->begin(), rows->end());
}

TopTable TableOf(const std::vector<TopRow>& rows, int width) {
  const int rank = ShownRank(width);
  TopTable table{.head = Line(rank, [](const Column& column) { return column.head; })};
  const int used = Columns(table.head);
  const bool bars = used + 1 + kBar <= width;
  double greatest = 0;
  for (const TopRow& row : rows) greatest = std::max(greatest, row.worker.share);
  for (const TopRow& row : rows) {
    std::string line = Line(rank, [&row](const Column& column) { return column.text(row); });
    if (bars)
      line = PadRight(absl::StrCat(line, " ", Bar(row.worker.share, greatest)), used + 1 + kBar);
    if (bars && !NoteOf(row.worker).empty()) absl::StrAppend(&line, " ", NoteOf(row.worker));
    table.lines.push_back(Cut(ToStd(absl::StripTrailingAsciiWhitespace(line)), width));
  }
  table.head = Cut(table.head, width);
  return table;
}

std::string ShortDuration(absl::Duration duration) {
  const double micros = absl::ToDoubleMicroseconds(duration);
  if (micros < 1000) return absl::StrFormat("%.0fus", micros);
  if (micros < 9995) return absl::StrFormat("%.2fms", micros / 1e3);
  if (micros < 999.5e3) return absl::StrFormat("%.0fms", micros / 1e3);
  return absl::StrFormat("%.1fs", micros / 1e6);
}

std::string ShortNumber(double number) {
  if (number < 99.95) return absl::StrFormat("%.1f", number);
  if (number < 9999.5) return absl::StrFormat("%.0f", number);
  if (number < 999.95e3) return absl::StrFormat("%.1fk", number / 1e3);
  return absl::StrFormat("%.1fM", number / 1e6);
}

}  // namespace rollport::cli
