// The kinds of events that a controller appends to its log. Each is a word of the control API, of
// the log and of the live page: renaming one breaks the programs that read those. An event whose
// kind contains "Failed", "Forced", "Foreign", "Ignored", "Lost", "Refused" or "Reverting" is
// logged as a warning.
#ifndef ROLLPORT_API_EVENT_KINDS_H_
#define ROLLPORT_API_EVENT_KINDS_H_

namespace rollport::api::event_kind {

// The fleet as a whole.
inline constexpr char kFleetStarted[] = "FleetStarted";  // every slot is served
inline constexpr char kStartFailed[] = "StartFailed";
inline constexpr char kFleetStopped[] = "FleetStopped";
inline constexpr char kStopAwaited[] = "StopAwaited";  // Ctrl-C while the fleet stops
inline constexpr char kStopForced[] = "StopForced";    // Ctrl-C once more: what is left is killed
inline constexpr char kFleetTakenOver[] = "FleetTakenOver";      // from a controller that died
inline constexpr char kFleetFileChanged[] = "FleetFileChanged";  // since that controller read it
inline constexpr char kFleetRecordIgnored[] = "FleetRecordIgnored";    // it cannot be taken over
inline constexpr char kFoundProcessRefused[] = "FoundProcessRefused";  // it is no worker
inline constexpr char kFleetRecordFailed[] = "FleetRecordFailed";      // it cannot be written
inline constexpr char kFleetRecordRestored[] = "FleetRecordRestored";  // it is written again

// A roll, or another change that takes the same steps.
inline constexpr char kRollBegan[] = "RollBegan";
inline constexpr char kRollPaused[] = "RollPaused";
inline constexpr char kRollReverting[] = "RollReverting";
inline constexpr char kRollEnded[] = "RollEnded";  // the only one with a verdict
inline constexpr char kRollRefused[] = "RollRefused";
inline constexpr char kRollLost[] = "RollLost";  // with the controller that died
inline constexpr char kCanaryStepBegan[] = "CanaryStepBegan";

// One worker.
inline constexpr char kWorkerStateChanged[] = "WorkerStateChanged";
inline constexpr char kWorkerExited[] = "WorkerExited";
inline constexpr char kWorkerWrote[] = "WorkerWrote";  // a line of output; only in the log
inline constexpr char kOutputLost[] = "OutputLost";    // such lines; only in the log
inline constexpr char kMainProcessChanged[] = "MainProcessChanged";
inline constexpr char kMainProcessRefused[] = "MainProcessRefused";
inline constexpr char kSignalFailed[] = "SignalFailed";
inline constexpr char kKillFailed[] = "KillFailed";  // it was killed, and has not ended
inline constexpr char kWatchdogFailed[] = "WatchdogFailed";

// What the controller rests on.
inline constexpr char kSteeringLost[] = "SteeringLost";
inline constexpr char kSteeringRestored[] = "SteeringRestored";
inline constexpr char kAddressLost[] = "AddressLost";  // this host does not have it any more
inline constexpr char kForeignListenerFound[] = "ForeignListenerFound";
inline constexpr char kAdminOpened[] = "AdminOpened";  // the address of the live page
inline constexpr char kStateDirLost[] = "StateDirLost";
inline constexpr char kStateDirRestored[] = "StateDirRestored";
inline constexpr char kPipeKeeperLost[] = "PipeKeeperLost";  // and started again
inline constexpr char kPromiseBroken[] = "PromiseBroken";    // a bug of ours

}  // namespace rollport::api::event_kind

#endif  // ROLLPORT_API_EVENT_KINDS_H_
