// Keeps account of one roll, or of another change that takes the same steps, until its verdict. It
// ends when every slot is as it was asked to be; the verdict is known when the last worker that it
// retired is gone, because that worker too may have had to cut connections.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_ROLL_VERDICT_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_ROLL_VERDICT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "api/fleet_control.h"
#include "base/instant.h"
#include "base/strong_int.h"
#include "os/netstat.h"
#include "rollout/action.h"
#include "rollout/state.h"

namespace rollport::controller {

// What a worker that is gone had counted, as far as a roll's verdict needs it.
struct LastCounts {
  std::optional<int64_t> cut = 0;  // nullopt: not known
  int64_t handed_over = 0;
};

class RollVerdict {
 public:
  // `kind`: see RollProgress::kind. `before`: what the kernel had counted when the roll began.
  RollVerdict(int64_t number, std::string kind, GenerationId from, GenerationId to, Instant began,
              absl::Time wall, const os::TcpCounters& before);

  int64_t number() const { return record_.number; }
  const std::string& kind() const { return record_.kind; }
  absl::Time began() const { return record_.began; }
  bool ended() const { return ended_.has_value(); }

  // The worker is in this state from `now` on.
  void Entered(WorkerId worker, SlotId slot, GenerationId generation, rollout::WorkerState state,
               Instant now);
  // The plan has ended the roll; `after` is the fleet from then on.
  void End(const rollout::RollEnded& ended, const rollout::Fleet& after, Instant now);
  // The worker has ended, and WorkerGone() will be called for it. Until then there is no verdict:
  // its exit may end the roll before its counts are known.
  void NoteEnded(WorkerId worker);
  // The worker was killed and has not ended. If it is one that the roll retired, or the roll has
  // not ended, the verdict's reason says `what`.
  void NoteStuck(WorkerId worker, const std::string& what);
  // Records a gone worker's final counts. True if they belong to this roll.
  bool WorkerGone(WorkerId worker, const LastCounts& counts, Instant now);
  // nullopt until the roll has ended and every worker that it retired is gone.
  std::optional<api::Verdict> verdict() const;

  // What is known now; `kernel` is what the kernel has counted so far.
  api::RollRecord Record(const os::TcpCounters& kernel, Instant now) const;

 private:
  struct Stay {
    api::PhaseRecord phase;
    Instant since;
  };
  void Leave(WorkerId worker, Instant now);

  api::RollRecord record_;
  GenerationId from_;
  GenerationId to_;
  Instant began_;
  std::map<WorkerId, Stay> stays_;  // states that workers are in now
  std::set<WorkerId> admitted_;     // in the course of the roll
  std::optional<rollout::RollEnded> ended_;
  int replaced_ = 0;
  absl::Duration elapsed_;
  std::optional<int64_t> cut_ = 0;    // nullopt: not known of a worker
  std::set<WorkerId> retiring_;       // when the roll ended, and not gone yet
  std::vector<std::string> stuck_;    // what the verdict says of workers that did not end
  std::set<WorkerId> ended_workers_;  // before the roll, and their counts are not known yet
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_ROLL_VERDICT_H_
