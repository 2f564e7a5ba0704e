// Shows a roll while it goes on, from its events.
#ifndef ROLLPORT_CLI_PROGRESS_H_
#define ROLLPORT_CLI_PROGRESS_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "api/event_log.h"
#include "cli/console.h"

namespace rollport::cli {

// "   0.25 s  slot 0  generation 2  starting": one event, on one line, `start` being the roll's
// beginning.
std::string EventLine(const api::FleetEvent& event, absl::Time start);
// "rolled: generation 4 runs in every slot (4 replaced, 5.10 s, 0 connections cut)". `done` is what
// it says instead of "rolled".
std::string VerdictText(const api::Verdict& verdict, const std::string& done = "rolled");

// On a terminal one line for each slot under way, written again as its workers go from phase to
// phase; a slot that is done gets its last line above those. Elsewhere a line for each event.
class Progress {
 public:
  explicit Progress(const Console& console) : console_(console) {}

  void On(const api::FleetEvent& event);
  // Time goes on, and nothing else has happened.
  void Tick(absl::Time now);
  // On a terminal these lines stand below all others.
  void SetFoot(std::vector<std::string> foot);
  // Leaves the lines of all slots as they are now.
  void Finish();

 private:
  struct Track {
    int64_t generation = 0;
    int64_t pid = 0;
    std::vector<std::pair<std::string, absl::Time>> phases;  // never empty
    bool gone = false;
    std::string message;
  };
  using Slot = std::vector<Track>;  // oldest first

  static bool Done(const Slot& slot);
  // `brief`: once it serves, only how long that took.
  static std::string TrackText(const Track& track, absl::Time now, bool brief);
  std::string SlotLine(int number, const Slot& slot, bool brief) const;
  // A slot as it stays on the screen: a line for each worker where one for all is too wide.
  std::string LastLines(int number, const Slot& slot) const;
  void Note(const api::FleetEvent& event);
  // Takes the live lines off the screen, prints `above` for good, and writes the live ones again.
  void Redraw(const std::string& above);

  const Console& console_;
  std::optional<absl::Time> start_;
  absl::Time now_;
  std::map<int, Slot> slots_;
  std::vector<std::string> foot_;
  int drawn_ = 0;  // live lines on the screen
};

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_PROGRESS_H_
