#include "cli/history_text.h"

#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/columns.h"
#include "cli/format.h"

namespace rollport::cli {
namespace {

using api::GenerationRecord;
using api::RollRecord;

std::string When(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, zone);
}

std::string GenerationLine(const GenerationRecord& generation, absl::TimeZone zone, int width) {
  const char* state = generation.current ? "current" : generation.served ? "served" : "never";
  const std::string head =
      absl::StrFormat("%5d  %s  %-7s  ", generation.number, When(generation.taken, zone), state);
  const std::string command = absl::StrJoin(generation.command, " ");
  const bool fits = static_cast<int>(head.size()) + Columns(command) <= width;
  std::string text =
      fits ? absl::StrCat(head, command, "\n")
           : absl::StrCat(absl::StripTrailingAsciiWhitespace(head), "\n", Wrap(command, width, 7));
  if (!generation.not_kept.empty()) {
    absl::StrAppend(&text, Wrap(generation.not_kept, width, 7));
  }
  return text;
}

std::string RollLine(const RollRecord& roll, absl::TimeZone zone, int width) {
  std::string line = absl::StrFormat("%5d  %s  %-7s  %-10s", roll.number, When(roll.began, zone),
                                     roll.kind, FromTo(roll.from, roll.to));
  if (!roll.verdict.has_value()) return line + "  under way\n";
  const std::optional<int64_t> cut = roll.verdict->cut;
  absl::StrAppendFormat(&line, "  %-8s %9s %8s\n", roll.verdict->outcome,
                        Seconds(roll.verdict->elapsed),
                        cut.has_value() ? absl::StrCat(*cut) : "unknown");
  if (!roll.verdict->reason.empty()) absl::StrAppend(&line, Wrap(roll.verdict->reason, width, 7));
  return line;
}

// "gen 2: starting 0.02, ready 1.00"; the phases of one worker after another.
std::string PhaseText(const RollRecord& roll, int slot) {
  std::string text;
  int64_t generation = 0;
  for (const api::PhaseRecord& phase : roll.phases) {
    if (phase.slot != slot) continue;
    // A worker's phases begin with "starting", or after those of another generation.
    if (phase.generation != generation || phase.phase == "starting") {
      absl::StrAppend(&text, text.empty() ? "" : "; ", "gen ", phase.generation, ": ");
    } else {
      absl::StrAppend(&text, ", ");
    }
    generation = phase.generation;
    absl::StrAppend(&text, phase.phase,
                    absl::StrFormat(" %.2f", absl::ToDoubleSeconds(phase.length)));
  }
  return text;
}

std::string VerdictLine(const RollRecord& roll) {
  if (!roll.verdict.has_value()) return "under way";
  const api::Verdict& verdict = *roll.verdict;
  return absl::StrCat(verdict.outcome, verdict.reason.empty() ? "" : ": ", verdict.reason, "; ",
                      verdict.replaced, " slots replaced in ", Seconds(verdict.elapsed));
}

}  // namespace

std::string HistoryText(const api::FleetHistory& history, absl::TimeZone zone, int width) {
  std::string text = absl::StrFormat("%5s  %-19s  %-7s  %s\n", "GEN", "TAKEN", "RAN", "COMMAND");
  for (const GenerationRecord& generation : history.generations) {
    text += GenerationLine(generation, zone, width);
  }
  if (history.rolls.empty()) return text + "\nno rolls yet\n";
  absl::StrAppendFormat(&text, "\n%5s  %-19s  %-7s  %-10s  %-8s %9s %8s\n", "ROLL", "BEGAN", "KIND",
                        "GENERATION", "OUTCOME", "TOOK", "CUT");
  for (const RollRecord& roll : history.rolls) text += RollLine(roll, zone, width);
  return text;
}

std::string RollText(const RollRecord& roll, absl::TimeZone zone, int width) {
  std::string text = absl::StrCat(roll.kind, " ", roll.number, ": generation ", roll.from, " -> ",
                                  roll.to, ", began ", When(roll.began, zone), "\n");
  const auto line = [&text, width](const std::string& words) {
    absl::StrAppend(&text, Wrap(words, width, kIndent));
  };
  line(VerdictLine(roll));
  line(absl::StrCat(roll.verdict.has_value() ? api::CutText(roll.verdict->cut) + ", " : "",
                    roll.handed_over, " connections handed over"));
  const os::TcpCounters kernel = roll.kernel.after - roll.kernel.before;
  line(absl::StrCat("kernel: ", kernel.listen_overflows, " listen overflows, ", kernel.listen_drops,
                    " listen drops, ", kernel.migrate_request_success, " requests migrated, ",
                    kernel.migrate_request_failure, " not"));
  std::map<int, std::string> slots;
  for (const api::PhaseRecord& phase : roll.phases) slots[phase.slot];
  if (!slots.empty()) absl::StrAppend(&text, "\nseconds in each phase\n");
  for (auto& [slot, phases] : slots) {
    const std::string head = absl::StrFormat("  slot %-3d ", slot);
    const std::string wrapped = Wrap(PhaseText(roll, slot), width, static_cast<int>(head.size()));
    absl::StrAppend(&text, head, wrapped.substr(head.size()));
  }
  return text;
}

}  // namespace rollport::cli
