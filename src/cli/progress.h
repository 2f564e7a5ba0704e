// Shows the progress of a roll, from its events.
#ifndef ROLLPORT_CLI_PROGRESS_H_
#define ROLLPORT_CLI_PROGRESS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "api/event_log.h"
#include "cli/console.h"
#include "cli/slot_progress.h"

namespace rollport::cli {

// "   0.25 s  slot 0  generation 2  starting": one event on one line, at the time since `start`.
std::string EventLine(const api::FleetEvent& event, absl::Time start);
// "rolled: generation 4 runs in every slot (4 replaced, 5.10 s, 0 connections cut)". `done`
// replaces the word "rolled".
std::string VerdictText(const api::Verdict& verdict, const std::string& done = "rolled");

// On a terminal: a live line for each slot under way, rewritten as its workers go from phase to
// phase; above them, the last line of each slot that is done. Elsewhere: a line for each event.
class Progress {
 public:
  // `console` is borrowed.
  explicit Progress(const Console& console) : console_(console) {}

  void On(const api::FleetEvent& event);
  // Time has passed, and nothing else has happened.
  void Tick(absl::Time now);
  // On a terminal, shows these lines below all others.
  void SetFoot(std::vector<std::string> foot);
  // Somebody else writes on the terminal now: what has been drawn stays there.
  void LetGo() { drawn_.clear(); }
  // Prints the last lines of all slots as they are now, and removes the foot.
  void Finish();

 private:
  // Takes the live lines off the screen, prints `above` for good, and draws the live lines again.
  void Redraw(const std::string& above);

  const Console& console_;
  std::optional<absl::Time> start_;
  absl::Time now_;
  std::map<int, SlotProgress> slots_;
  std::vector<std::string> foot_;
  std::vector<int> drawn_;  // the columns of each live line on the screen
};

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_PROGRESS_H_
