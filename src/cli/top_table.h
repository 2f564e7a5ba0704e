// The table of `rollport top`: its columns, and the order of its lines.
#ifndef ROLLPORT_CLI_TOP_TABLE_H_
#define ROLLPORT_CLI_TOP_TABLE_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "api/fleet_control.h"
#include "cli/top_rates.h"

namespace rollport::cli {

enum class TopOrder { kSlot, kShare, kConnections, kRequests, kErrors, kLatency, kUptime };

struct TopSort {
  char key;
  TopOrder order;
  const char* name;
};
// What the lines may be sorted by, with the key for it.
inline constexpr std::array kTopSorts = {
    TopSort{'s', TopOrder::kSlot, "slot"},
    TopSort{'w', TopOrder::kShare, "share"},
    TopSort{'c', TopOrder::kConnections, "connections"},
    TopSort{'r', TopOrder::kRequests, "requests per second"},
    TopSort{'e', TopOrder::kErrors, "errors per second"},
    TopSort{'l', TopOrder::kLatency, "latency (p99)"},
    TopSort{'u', TopOrder::kUptime, "time since launch"},
};

struct TopRow {
  api::WorkerStatus worker;
  std::optional<Rates> rates;
};
// By slot upward, or by anything else downward, and then by slot; `invert` turns that around.
void SortTop(TopOrder order, bool invert, std::vector<TopRow>* rows);

// The head and the lines, as wide as fits into `width` columns: of a narrow terminal columns of
// less interest are left out, and on a wide one a bar for the share is added, and what the worker
// says of itself.
struct TopTable {
  std::string head;
  std::vector<std::string> lines;
};
TopTable TableOf(const std::vector<TopRow>& rows, int width);

// "950us", "1.25ms", "42ms", "3.1s"
std::string ShortDuration(absl::Duration duration);
// "0.4", "12.3", "950", "12.3k", "1.2M"
std::string ShortNumber(double number);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_TOP_TABLE_H_
