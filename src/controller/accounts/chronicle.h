// What has happened to a fleet: the events, and the rolls with their verdicts.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_CHRONICLE_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_CHRONICLE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "api/event_log.h"
#include "api/fleet_control.h"
#include "base/strong_int.h"
#include "controller/accounts/roll_verdict.h"
#include "controller/process/worker_table.h"
#include "os/event_loop.h"
#include "rollout/action.h"
#include "rollout/state.h"

namespace rollport::controller {

class Chronicle {
 public:
  // Both are borrowed.
  Chronicle(os::EventLoop& loop, const WorkerTable& workers) : loop_(loop), workers_(workers) {}

  api::EventLog& events() { return events_; }
  // Appends an event about the fleet. It is part of the current roll, if there is one.
  void Tell(std::string_view kind, std::string message);
  // The same about one worker; its slot, generation and pid are added if it has a process.
  // `failed`: see api::FleetEvent.
  void TellOf(WorkerId worker, std::string_view kind, std::string_view phase, std::string message,
              std::optional<absl::Duration> duration = std::nullopt, bool failed = false);

  // By slot: see api::FleetStatus::failures.
  std::vector<api::SlotFailure> Failures() const;

  // The fleet could not be started.
  void TellStartFailed(std::string reason);
  // Why; empty if it has not failed.
  const std::string& start_failure() const { return start_failure_; }

  // Opens the account of a change that will not be refused, and appends the event that it has
  // begun. `kind`: see RollProgress::kind; `what` describes the change for people. Returns its
  // number.
  int64_t BeginRoll(const std::string& kind, GenerationId from, GenerationId to,
                    std::string_view what);
  // Opens the account of the last roll again, which a former controller has begun.
  void ResumeRoll(const std::string& kind, GenerationId from, GenerationId to);
  // The worker `id` enters `state` now. Returns how long it was in its former state; nullopt if
  // this is its first.
  std::optional<absl::Duration> NoteState(WorkerId id, const rollout::Worker& worker,
                                          rollout::WorkerState state);
  // The plan has ended the roll. Its verdict may still wait for workers that it retired.
  void EndRoll(const rollout::RollEnded& ended, const rollout::Fleet& after);
  // The worker has ended; NoteGone() follows. To be called before the plan knows, because the exit
  // may end a roll.
  void NoteEnded(WorkerId worker);
  // The same of a worker that was killed and given up; the verdict of its roll says `what`.
  void NoteStuck(WorkerId worker, const std::string& what);
  // The worker is gone, and had counted this. To be called after the plan knows: a roll that ends
  // when the worker's listeners leave still finds it in the fleet, and would wait for it for ever.
  void NoteGone(WorkerId worker, LastCounts counts);
  // Gives a verdict to every roll that can have one now, oldest first. Calls `on_verdict` for each
  // before the event, whose time is `at`, is appended.
  void GiveVerdicts(
      const std::function<void(const api::RollRecord& roll, absl::Time at)>& on_verdict);

  // The newest roll without a verdict; null if there is none.
  const RollVerdict* current() const { return open_.empty() ? nullptr : &open_.back(); }
  // The highest number of a roll so far; 0 if there was none.
  int64_t last_roll() const { return last_roll_; }
  // The next roll has the number after this one. REQUIRES: before the first roll.
  void set_last_roll(int64_t number) { last_roll_ = number; }
  // The last 50 rolls that have a verdict, then the rolls that wait for one; oldest first.
  std::vector<api::RollRecord> Rolls() const;

 private:
  // 0 if no roll is under way. A roll is under way until its verdict: the exits of the workers that
  // it retired are part of it.
  int64_t CurrentRoll() const;

  os::EventLoop& loop_;
  const WorkerTable& workers_;
  api::EventLog events_;
  std::vector<RollVerdict> open_;     // without a verdict yet
  std::deque<api::RollRecord> past_;  // with one; the last few
  int64_t last_roll_ = 0;
  std::string start_failure_;
  struct Failure {
    int64_t generation = 0;
    std::string reason;
    Instant when;
  };
  std::map<int, Failure> failures_;      // the last one of each slot, until a worker is admitted
  std::map<WorkerId, Instant> entered_;  // when each worker entered the state it is in
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_CHRONICLE_H_
