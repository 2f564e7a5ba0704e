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
#include "controller/accounts/accounts.h"
#include "controller/changes.h"
#include "controller/plan_runner.h"
#include "controller/process/releases.h"
#include "controller/process/worker_messages.h"
#include "controller/process/worker_outputs.h"
#include "controller/process/worker_table.h"
#include "controller/record/found_fleet.h"
#include "controller/record/recorder.h"
#include "controller/traffic/traffic.h"
#include "os/event_loop.h"
#include "rollout/action.h"

namespace rollport::controller {

class Controller : public api::FleetControl, private WorkerMessages::Receiver {
 public:
  // Of a fleet that does not run yet. `state_dir` is a folder of our own, for the notify socket and
  // the fleet's record. Nothing is launched before Start(). Errors: an address of the fleet is
  // taken (by which process, if that may be known), its executable cannot be read.
  static absl::StatusOr<std::unique_ptr<Controller>> CreateFresh(os::EventLoop& loop,
                                                                 fleet_file::FleetSettings settings,
                                                                 const std::string& state_dir);
  // Of a fleet that was found running. `settings` are those of the fleet file as it is now. Nothing
  // of the fleet is changed before TakeOver(). Errors as above.
  static absl::StatusOr<std::unique_ptr<Controller>> CreateFor(
      const FoundFleet& found, os::EventLoop& loop, const fleet_file::FleetSettings& settings,
      const std::string& state_dir);

  // Launches the fleet. `on_stopped` is called once, when every worker is gone.
  void Start(std::function<void()> on_stopped);
  // Goes on with the fleet that was found, and launches what is missing of it (take_over.cc).
  void TakeOver(FoundFleet found, std::function<void()> on_stopped);
  // Why the start failed; empty if it did not.
  const std::string& start_failure() { return accounts_.chronicle().start_failure(); }

  // Called for each line that a worker writes, if that is for the log: kind "WorkerWrote", phase
  // "stdout" or "stderr". These events are not kept. Before Start() or TakeOver().
  void set_on_output(std::function<void(const api::FleetEvent&)> on_output);
  // Whether this is a process that a worker of ours will reap.
  bool IsWorker(pid_t pid) const { return workers_.Holds(pid); }
  // Whether workers can reach the notify socket; and makes it again, if its file has been removed.
  bool notify_intact() const { return messages_.intact(); }
  absl::Status RestoreNotify();
  Accounts& accounts() { return accounts_; }

  api::FleetStatus Status() override { return accounts_.view().Status(); }
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

 private:
  Controller(os::EventLoop& loop, Releases releases, os::SockDiag diag,
             const std::string& state_dir, std::string notify_socket, rollout::Plan plan);

  // Taking over (take_over.cc).
  absl::Status HoldAddressesOf(const FoundFleet& found);
  rollout::FoundWorker TakeOver(FoundProcess found);
  void NoteListening(bool seen, rollout::FoundWorker* worker);
  void TellOfTakeOver(const FleetRecord& record, const std::string& who_serves);

  // The actions of one step of the plan.
  void CarryOut(const rollout::Fleet& before, const rollout::Event& event,
                const rollout::Actions& actions);
  void Do(const rollout::LaunchWorker& action);
  void Do(const rollout::ProbeWorker& action);
  void Do(const rollout::ApplyShares& action);
  void Do(const rollout::QuiesceWorker& action);
  void Do(const rollout::DrainWorker& action);
  void Do(const rollout::KillWorker& action);
  void Do(const rollout::NoteWorker& action);
  void Do(const rollout::FleetStarted& action);
  void Do(const rollout::StartFailed& action);
  void Do(const rollout::RollPaused& action);
  void Do(const rollout::RollReverting& action);
  void Do(const rollout::CanaryStepBegan& action);
  void Do(const rollout::RollEnded& action);
  void Do(const rollout::Refuse&) {}
  void Do(const rollout::FleetStopped& action);

  // What happens to the workers.
  void OnReady(WorkerId worker) override;
  void OnStopping(WorkerId) override { FollowGroups(); }
  void OnAskedForTime(WorkerId worker, absl::Duration time) override;
  void OnMainProcess(WorkerId worker, const absl::Status& followed) override;
  void OnWatchdogFailed(WorkerId worker, const std::string& reason) override;
  void OnProbe(WorkerId worker, bool good, const std::string& detail);
  void OnExit(WorkerId worker, const os::ExitStatus& how);
  void StartWatchdog(WorkerId worker);

  // Tells the plan who has come into the groups and who has left them since the last look.
  void FollowGroups();
  void NoteSteering();

  os::EventLoop& loop_;
  WorkerTable workers_;
  Releases releases_;
  WorkerMessages messages_;
  WorkerOutputs outputs_;
  Traffic traffic_;
  PlanRunner runner_;
  Accounts accounts_;
  Recorder recorder_;
  Changes changes_;
  std::function<void()> on_stopped_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_CONTROLLER_H_
