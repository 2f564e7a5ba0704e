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
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/fleet_control.h"
#include "controller/accounts/canary_judge.h"
#include "controller/accounts/fleet_meters.h"
#include "controller/accounts/roll_ledger.h"
#include "controller/accounts/worker_scraper.h"
#include "controller/process/generation.h"
#include "controller/process/launcher.h"
#include "controller/process/pipe_keeper.h"
#include "controller/process/watchdog.h"
#include "controller/process/worker_log.h"
#include "controller/process/worker_table.h"
#include "controller/record/fleet_record.h"
#include "controller/record/found_fleet.h"
#include "controller/traffic/prober.h"
#include "controller/traffic/quiescer.h"
#include "controller/traffic/steerer.h"
#include "controller/traffic/successors.h"
#include "fleet_file/fleet_settings.h"
#include "os/notify_socket.h"
#include "os/proc.h"
#include "os/sock_diag.h"
#include "prometheus/collectable.h"
#include "rollout/plan.h"

namespace rollport::controller {

class Controller : public api::FleetControl, public prometheus::Collectable {
 public:
  // Nothing is started yet, and nothing of what an earlier controller has left is changed.
  // `state_dir` is a folder of our own, for the notify socket and the fleet's record. Errors: an
  // address of the fleet is taken (by whom, where that may be known), its program cannot be read.
  static absl::StatusOr<std::unique_ptr<Controller>> Create(os::EventLoop& loop,
                                                            fleet_file::FleetSettings settings,
                                                            const std::string& state_dir);
  ~Controller() override;

  // Launches the fleet, or what is missing of one that an earlier controller has left. `on_stopped`
  // is called once, when every worker is gone.
  void Start(std::function<void()> on_stopped);
  // Why the start failed; empty where it did not.
  const std::string& start_failure() const { return start_failure_; }
  // Called for each line that a worker writes, where that is for the log: kind "WorkerWrote", phase
  // "stdout" or "stderr". These events are not kept. Before Start().
  void set_on_output(std::function<void(const api::FleetEvent&)> on_output) {
    on_output_ = std::move(on_output);
  }
  // Whether this is a process that a worker of ours will reap.
  bool IsWorker(pid_t pid) const;
  // Whether workers can reach the notify socket; and that they can again, where its file has been
  // removed.
  bool notify_intact() const;
  absl::Status RestoreNotify();

  api::FleetStatus Status() override;
  absl::StatusOr<int64_t> Roll(api::RollRequest request) override;
  absl::StatusOr<int64_t> Undo(std::optional<int64_t> to) override;
  absl::StatusOr<int64_t> Scale(int workers) override;
  absl::StatusOr<int64_t> Restart(int slot) override;
  absl::Status Pause() override;
  absl::Status Resume() override;
  absl::Status Abort() override;
  api::FleetHistory History() override;
  void Stop() override;
  api::EventLog& events() override { return events_; }
  // What a scrape shows of the fleet: controller_metrics.cc.
  std::vector<prometheus::MetricFamily> Collect() const override;
  // What its workers say of themselves, as of the last Collect().
  const exposition::ForeignFamilies& foreign() const { return scraper_.merged(); }
  // All that the workers have counted so far, the dead ones too.
  metrics::PageCounts Totals() { return meters_.Totals(); }

 private:
  struct Release {
    Generation generation;
    fleet_file::WorkerSettings settings;
    std::vector<os::SocketAddress> listen;
    int workers = 1;  // as the fleet file said then
    absl::Time taken;
    bool served = false;  // the whole fleet has run it once
  };

  Controller(os::EventLoop& loop, fleet_file::FleetSettings settings, os::SockDiag diag,
             const std::string& state_dir, std::string notify_path, rollout::Plan plan);
  // Takes the program's bytes. Errors name what cannot be read.
  static absl::StatusOr<Release> Take(GenerationId id, const fleet_file::FleetSettings& settings,
                                      const std::vector<std::string>& command);

  // What an earlier controller has left, and what we leave: controller_adopt.cc.
  static absl::StatusOr<std::map<GenerationId, Release>> Releases(const LeftFleet& left);
  static fleet_file::FleetSettings SettingsOf(const LeftFleet& left,
                                              const fleet_file::FleetSettings& now);
  absl::Status HoldAddresses(const LeftFleet& left);
  void TakeOver();
  void TellOfTakeOver(const FleetRecord& record, const rollout::FleetFound& found);
  FleetRecord MakeRecord() const;
  void Record();
  // At the end of this turn of the loop.
  void RecordSoon();

  api::RollProgress Progress(const rollout::Roll& roll) const;

  // Events in, actions out.
  void Post(rollout::Event event);
  void Pump();
  // Takes one step and carries out its actions.
  void Step(const rollout::Event& event);
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

  // Whether the canary is worse than the former generation.
  void Audit();

  // What the system tells.
  void NoteProbe(WorkerId id, bool good, const std::string& detail);
  absl::Status OpenNotify();
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

  // Addresses: new ones are held before anything is launched, and let go when nobody listens there
  // any more. An error says who holds one; then none was taken.
  absl::Status HoldAddresses(const Release& release);
  absl::Status Hold(const Release& release);
  void LetAddressesGo();

  // Rolls.
  absl::Status Ask(const rollout::Event& request);
  absl::Status Refusal(const rollout::Event& request) const;
  // The same of a change of the fleet, and counts a refusal.
  absl::Status MayBegin(const rollout::Event& change);
  absl::StatusOr<GenerationId> UndoTarget(std::optional<int64_t> to) const;
  // Opens a ledger for a change that will not be refused, and asks the plan for it. Its number.
  int64_t Begin(const std::string& kind, GenerationId to, std::string_view what,
                const rollout::Event& request);
  absl::StatusOr<fleet_file::FleetSettings> Reread() const;
  void GiveVerdicts();
  void ForgetGenerations();

  std::optional<absl::Duration> NoteState(WorkerId id, rollout::WorkerState state);
  // Metrics.
  void ShowFleet(const api::FleetStatus& status, exposition::Families* out);
  void ShowListeners(exposition::Families* out);
  std::vector<WorkerScraper::Target> ScrapeTargets() const;

  void Tell(std::string kind, std::string message);
  void TellOf(WorkerId id, std::string kind, std::string_view phase, std::string message,
              std::optional<absl::Duration> duration = std::nullopt);
  int64_t CurrentRoll() const;
  static rollout::Policy MakePolicy(const fleet_file::FleetSettings& settings);

  os::EventLoop& loop_;
  fleet_file::FleetSettings settings_;
  os::SockDiag diag_;
  const std::string boot_ = os::BootId();
  FleetRecordFile record_;
  bool record_due_ = false;
  std::string told_record_;                                   // why it could not be written
  std::optional<LeftFleet> left_;                             // until Start()
  std::vector<std::pair<std::string, std::string>> to_tell_;  // kind and message, by Start()
  const std::string notify_path_;
  std::optional<os::NotifySocket> notify_;  // null where it could not be made again
  // Bound, and never listening: they keep the ports ours while no worker listens.
  std::map<os::SocketAddress, os::UniqueFd> held_;
  WorkerTable workers_;
  Successors successors_;
  Steerer steerer_;
  rollout::Plan plan_;
  std::map<GenerationId, Release> releases_;
  std::map<WorkerId, std::unique_ptr<Prober>> probers_;
  std::map<WorkerId, std::unique_ptr<Quiescer>> quiescers_;
  std::map<WorkerId, Watchdog> watchdogs_;
  std::unique_ptr<PipeKeeper> keeper_;
  std::multimap<WorkerId, WorkerLog> logs_;
  std::function<void(const api::FleetEvent&)> on_output_;
  std::set<WorkerId> joined_;         // have been seen in a group
  std::vector<RollLedger> ledgers_;   // without a verdict yet
  std::deque<api::RollRecord> past_;  // with one; the last few
  int64_t last_roll_ = 0;
  int64_t last_generation_ = 1;
  std::map<WorkerId, Served> served_before_;  // when the canary's step began
  std::map<WorkerId, Instant> entered_;       // when each worker entered the state it is in
  api::EventLog events_;
  FleetMeters meters_;
  WorkerScraper scraper_;
  const Instant started_;
  std::string told_trouble_;
  std::string start_failure_;
  std::function<void()> on_stopped_;

  std::deque<rollout::Event> queue_;
  bool pumping_ = false;
  os::Timer deadline_;
  os::Timer watch_;
  os::Timer audit_;
  std::optional<os::FdWatch> notify_watch_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_CONTROLLER_H_
