// The controller: carries out what the plan decides, and tells the plan what happens.
#ifndef ROLLPORT_CONTROLLER_CONTROLLER_H_
#define ROLLPORT_CONTROLLER_CONTROLLER_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/fleet_control.h"
#include "base/recent_texts.h"
#include "controller/accounts/accounts.h"
#include "controller/plan_runner.h"
#include "controller/process/releases.h"
#include "controller/process/worker_messages.h"
#include "controller/process/worker_outputs.h"
#include "controller/process/worker_table.h"
#include "controller/record/found_fleet.h"
#include "controller/record/recorder.h"
#include "controller/requested_changes.h"
#include "controller/traffic/traffic.h"
#include "os/deferred.h"
#include "os/event_loop.h"
#include "rollout/action.h"

namespace rollport::controller {

class Controller : public api::FleetControl, private WorkerMessages::Receiver {
 public:
  // For a fleet that does not run yet. `state_dir` is a folder of our own, for the notify socket
  // and the fleet's record. Nothing is launched before Start(). Errors: an address of the fleet is
  // taken (the message names the process if it can be found out), or its executable cannot be read.
  static absl::StatusOr<std::unique_ptr<Controller>> CreateFresh(os::EventLoop& loop,
                                                                 fleet_file::FleetSettings settings,
                                                                 const std::string& state_dir);
  // For a fleet that was found running. `settings` are those of the fleet file as it is now. The
  // fleet is not changed before TakeOver(). Errors as above.
  static absl::StatusOr<std::unique_ptr<Controller>> CreateFor(
      const FoundFleet& found, os::EventLoop& loop, const fleet_file::FleetSettings& settings,
      const std::string& state_dir);

  // Launches the fleet. `on_stopped` is called once, when every worker is gone.
  void Start(std::function<void()> on_stopped);
  // Takes over the fleet that was found, and launches the workers that are missing (take_over.cc).
  void TakeOver(FoundFleet found, std::function<void()> on_stopped);
  // Why the start failed; empty if it did not.
  const std::string& start_failure() { return accounts_.chronicle().start_failure(); }

  // `on_output` is called for each line that a worker writes to the log: kind "WorkerWrote", phase
  // "stdout" or "stderr". These events are not in events(). To be called before Start() or
  // TakeOver().
  void set_on_output(std::function<void(const api::FleetEvent&)> on_output);
  // Whether `pid` is a process that a WorkerProcess of ours will reap.
  bool IsWorker(pid_t pid) const { return workers_.Holds(pid); }
  // Whether workers can reach the notify socket.
  bool notify_intact() const { return messages_.intact(); }
  // Makes the notify socket again if its file has been removed, and writes the record again.
  absl::Status RestoreNotify();
  Accounts& accounts() { return accounts_; }
  // What the fleet file says, as it was last taken up.
  const fleet_file::FleetSettings& settings() const { return releases_.settings(); }

  fleet_file::FleetFileId File() override { return releases_.file(); }
  api::FleetStatus Status() override;
  api::FleetCounts Counts() override { return accounts_.view().Counts(); }
  api::FleetHistory History() override { return accounts_.view().History(); }
  api::EventLog& events() override { return accounts_.chronicle().events(); }
  absl::StatusOr<int64_t> Roll(api::RollRequest request) override { return changes_.Roll(request); }
  absl::StatusOr<int64_t> Undo(std::optional<int64_t> to) override { return changes_.Undo(to); }
  absl::StatusOr<int64_t> Scale(int workers) override { return changes_.Scale(workers); }
  absl::StatusOr<int64_t> Restart(int slot) override { return changes_.Restart(slot); }
  absl::Status Pause() override { return changes_.Ask(rollout::PauseRequested{}); }
  absl::Status Resume() override { return changes_.Ask(rollout::ResumeRequested{}); }
  absl::Status Abort() override { return changes_.Ask(rollout::AbortRequested{}); }
  void Stop() override { runner_.Post(rollout::StopRequested{}); }
  bool stopping() { return runner_.fleet().stopping; }
  // For a person who waits for the stop. The first call appends StopAwaited, an event that says
  // what the fleet waits for; the next one kills the workers that drain (StopForced).
  // REQUIRES: Stop() has been called.
  void HurryStop();

 private:
  Controller(os::EventLoop& loop, Releases releases, os::SockDiag diag,
             const std::string& state_dir, std::string notify_socket, rollout::Plan plan);

  absl::Status StartOutputs();
  // See Recorder.
  void TellOfRecord(const std::string& trouble);

  // Taking over (take_over.cc).
  absl::Status HoldAddressesOf(const FoundFleet& found);
  rollout::FoundWorker TakeOver(FoundProcess found);
  void NoteListening(bool seen, rollout::FoundWorker* worker);
  void TellOfTakeOver(const FleetRecord& record, const std::string& who_serves);
  void TellOfRoll(const FleetRecord& record, const rollout::FoundRoll& roll);

  // The actions of one step of the plan; see PlanRunner::CarryOut.
  void CarryOut(const rollout::Fleet* before, const rollout::Event& event,
                const rollout::Actions& actions);
  void Do(const rollout::LaunchWorker& action);
  void Do(const rollout::ProbeWorker& action);
  void Do(const rollout::ApplyShares& action);
  void Do(const rollout::QuiesceWorker& action);
  void Do(const rollout::DrainWorker& action);
  void Do(const rollout::KillWorker& action);
  void Do(const rollout::CloseListeners& action);
  void Do(const rollout::GiveUpWorker& action);
  void CloseListeners(WorkerId id);
  void ExpectToLeave(WorkerId id);
  void Do(const rollout::NoteWorker& action);
  void Do(const rollout::FleetStarted& action);
  void Do(const rollout::StartFailed& action);
  void Do(const rollout::RollPaused& action);
  void Do(const rollout::RollReverting& action);
  void Do(const rollout::CanaryStepBegan& action);
  void Do(const rollout::RollEnded& action);
  void Do(const rollout::Refuse&) {}
  void Do(const rollout::FleetStopped& action);

  // What happens to the workers (worker_events.cc).
  void OnReady(WorkerId worker) override;
  void OnStopping(WorkerId) override { FollowGroups(); }
  void OnAskedForTime(WorkerId worker, absl::Duration time) override;
  void OnMainProcess(WorkerId worker, const absl::Status& followed) override;
  void OnWatchdogFailed(WorkerId worker, const std::string& reason) override;
  void OnProbe(rollout::WorkerProbed probed);
  bool IsWatchedClosely(WorkerId worker) const;
  // What follows from a good probe beside the plan.
  void FollowAnswer(const rollout::Worker& worker, const rollout::WorkerProbed& probed);
  void OnExit(WorkerId worker, const os::ExitStatus& how);
  // A worker that has ended, or was given up, is not in the table of workers any more.
  void Bury(const Accounts::Exit& exit);
  void StartWatchdog(WorkerId worker);

  // Looks at the groups at the end of this turn of the loop, before the plan takes its steps
  // (follow_groups.cc): tells the plan which workers have joined the groups, and which have left
  // them, since the last look. Once in a turn: hundreds of workers may end in it.
  void FollowGroups();
  void LookAtGroups();
  void NoteSteering();
  void NoteForeigners();

  os::EventLoop& loop_;
  WorkerTable workers_;
  Releases releases_;
  WorkerMessages messages_;
  WorkerOutputs outputs_;
  Traffic traffic_;
  PlanRunner runner_;
  Accounts accounts_;
  Recorder recorder_;
  RequestedChanges changes_;
  os::Deferred look_;
  RecentTexts refusals_{absl::Minutes(1)};  // of a main process, by worker
  std::function<void()> on_stopped_;
  bool hurried_ = false;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_CONTROLLER_H_
