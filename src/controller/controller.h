// The controller: carries out what the plan decides, and tells the plan what happens.
//
// Everything that happens becomes a rollout::Event in one queue, which is worked off at the end of
// a turn of the loop, so that no decision is made in the middle of another one.
#ifndef ROLLPORT_CONTROLLER_CONTROLLER_H_
#define ROLLPORT_CONTROLLER_CONTROLLER_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/backend.h"
#include "controller/fleet_settings.h"
#include "controller/generation.h"
#include "controller/launcher.h"
#include "controller/pipe_keeper.h"
#include "controller/prober.h"
#include "controller/quiescer.h"
#include "controller/roll_ledger.h"
#include "controller/steerer.h"
#include "controller/watchdog.h"
#include "controller/worker_log.h"
#include "controller/worker_table.h"
#include "os/notify_socket.h"
#include "os/sock_diag.h"
#include "rollout/plan.h"

namespace rollport::controller {

class Controller : public Backend {
 public:
  // Nothing is started yet. `state_dir` is a folder of our own, for the notify socket. Errors: an
  // address of the fleet is taken (by whom, where that may be known), its program cannot be read.
  static absl::StatusOr<std::unique_ptr<Controller>> Create(os::EventLoop& loop,
                                                            FleetSettings settings,
                                                            const std::string& state_dir);
  ~Controller() override;

  // Launches the fleet. `on_stopped` is called once, when every worker is gone.
  void Start(std::function<void()> on_stopped);
  // Why the start failed; empty where it did not.
  const std::string& start_failure() const { return start_failure_; }
  // Called for each line that a worker writes, where that is for the log: kind "WorkerWrote", phase
  // "stdout" or "stderr". These events are not kept. Before Start().
  void set_on_output(std::function<void(const FleetEvent&)> on_output) {
    on_output_ = std::move(on_output);
  }
  // Whether this is a process that a worker of ours will reap.
  bool IsWorker(pid_t pid) const;

  FleetStatus Status() override;
  absl::StatusOr<int64_t> Roll(std::optional<std::vector<std::string>> command) override;
  void Stop() override;
  EventLog& events() override { return events_; }

 private:
  struct Release {
    Generation generation;
    WorkerSettings settings;
  };

  Controller(os::EventLoop& loop, FleetSettings settings, std::vector<os::SocketAddress> addresses,
             os::SockDiag diag, os::NotifySocket notify, Generation first);

  // Events in, actions out.
  void Post(rollout::Event event);
  void Pump();
  // Takes one step and carries out its actions. The reason of a refusal, or nothing.
  std::optional<std::string> Step(const rollout::Event& event);
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
  void Do(const rollout::RollEnded& action);
  void Do(const rollout::Refuse&) {}
  void Do(const rollout::FleetStopped& action);

  // What the system tells.
  void OnNotify();
  void Hear(WorkerProcess& worker, const os::NotifyMessage& message);
  void HearWatchdog(WorkerProcess& worker, const os::NotifyMessage& message);
  void StartWatchdog(WorkerId id);
  void Condemn(WorkerProcess& worker, std::string reason);
  void ReadOutput(const WorkerProcess& worker, const char* stream, os::UniqueFd pipe);
  void OnExit(WorkerId id, os::ExitStatus how);
  void Watch();
  void FollowGroups();
  absl::Duration Pace() const;
  void NoteSteering();

  // Rolls.
  absl::StatusOr<FleetSettings> Reread() const;
  void GiveVerdicts();
  void ForgetGenerations();

  void Tell(std::string kind, std::string message);
  void TellOf(WorkerId id, std::string kind, std::string_view phase, std::string message);
  int64_t CurrentRoll() const;
  static rollout::Policy MakePolicy(const FleetSettings& settings);

  os::EventLoop& loop_;
  FleetSettings settings_;
  os::SockDiag diag_;
  os::NotifySocket notify_;
  // Bound, and never listening: they keep the ports ours while no worker listens.
  std::vector<os::UniqueFd> reserved_;
  WorkerTable workers_;
  Steerer steerer_;
  rollout::Plan plan_;
  std::map<GenerationId, Release> releases_;
  std::map<WorkerId, std::unique_ptr<Prober>> probers_;
  std::map<WorkerId, std::unique_ptr<Quiescer>> quiescers_;
  std::map<WorkerId, Watchdog> watchdogs_;
  std::unique_ptr<PipeKeeper> keeper_;
  std::multimap<WorkerId, WorkerLog> logs_;
  std::function<void(const FleetEvent&)> on_output_;
  std::set<WorkerId> joined_;  // have been seen in a group
  std::vector<RollLedger> ledgers_;
  int64_t last_roll_ = 0;
  EventLog events_;
  std::string told_trouble_;
  std::string start_failure_;
  std::function<void()> on_stopped_;

  std::deque<rollout::Event> queue_;
  bool pumping_ = false;
  os::Timer deadline_;
  os::Timer watch_;
  os::FdWatch notify_watch_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_CONTROLLER_H_
