// One slot during a roll, as text.
#ifndef ROLLPORT_CLI_SLOT_PROGRESS_H_
#define ROLLPORT_CLI_SLOT_PROGRESS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "api/event_log.h"

namespace rollport::cli {

// Follows the workers of one slot through their phases.
class SlotProgress {
 public:
  // Where the workers begin, behind "slot 0".
  static constexpr int kHang = 9;

  explicit SlotProgress(int slot) : slot_(slot) {}

  // Notes an event of one of the slot's workers.
  void Note(const api::FleetEvent& event);
  // True if the replacement serves, and every other worker that was heard of is gone.
  bool Done() const;
  // The slot at `now`, the newest worker first: "slot 0   gen 2: serving after 1.25 s | gen 1:
  // draining 0.50". Without a line end.
  std::string Line(absl::Time now) const;
  // The slot as it stays on the screen, with every phase: one line, or one for each worker if that
  // is wider than `width`. With line ends.
  std::string LastLines(absl::Time now, int width) const;

 private:
  struct Worker {
    int64_t generation = 0;
    int64_t pid = 0;
    std::vector<std::pair<std::string, absl::Time>> phases;  // never empty; with their beginning
    bool gone = false;
    std::string message;
  };

  Worker& Find(const api::FleetEvent& event);
  // `brief`: for a worker that serves, only how long it took to get there.
  static std::string TextOf(const Worker& worker, absl::Time now, bool brief);
  std::string Text(absl::Time now, bool brief) const;

  const int slot_;
  std::vector<Worker> workers_;  // oldest first
};

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_SLOT_PROGRESS_H_
