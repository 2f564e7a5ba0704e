// Keeps account of one roll until its verdict: it ends when every slot is replaced (or went back),
// and the verdict is known when the last worker that it retired is gone, because that one too may
// have had to cut connections.
#ifndef ROLLPORT_CONTROLLER_ROLL_LEDGER_H_
#define ROLLPORT_CONTROLLER_ROLL_LEDGER_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/instant.h"
#include "base/strong_int.h"
#include "controller/event_log.h"
#include "rollout/action.h"
#include "rollout/state.h"

namespace rollport::controller {

class RollLedger {
 public:
  RollLedger(int64_t number, GenerationId from, GenerationId to, Instant began)
      : number_(number), from_(from), to_(to), began_(began) {}

  int64_t number() const { return number_; }
  GenerationId from() const { return from_; }
  GenerationId to() const { return to_; }
  Instant began() const { return began_; }
  bool ended() const { return ended_.has_value(); }

  // The plan says that the roll has ended, `after` being the fleet from then on.
  void End(const rollout::RollEnded& ended, const rollout::Fleet& after, Instant now);
  // A worker is gone, having cut so many connections.
  void WorkerGone(WorkerId worker, int64_t cut);
  // Known once the roll has ended and every worker that it retired is gone.
  std::optional<Verdict> verdict() const;

 private:
  int64_t number_;
  GenerationId from_;
  GenerationId to_;
  Instant began_;
  std::optional<rollout::RollEnded> ended_;
  int replaced_ = 0;
  absl::Duration elapsed_;
  int64_t cut_ = 0;
  std::set<WorkerId> retiring_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ROLL_LEDGER_H_
