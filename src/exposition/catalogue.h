// Every metric that rollport exports: docs/metrics.md is this table for people, and a test compares
// the two. Every series has one more label, `fleet`, the fleet's name.
#ifndef ROLLPORT_EXPOSITION_CATALOGUE_H_
#define ROLLPORT_EXPOSITION_CATALOGUE_H_

#include <array>
#include <string_view>

namespace rollport::exposition {

enum class Type { kCounter, kGauge, kHistogram, kSummary };
// "counter", "gauge", "histogram", "summary".
std::string_view Name(Type type);

struct Metric {
  std::string_view name;
  Type type;
  std::string_view labels;  // names, separated by commas; empty for none
  std::string_view help;
};

// The fleet
inline constexpr Metric kBuildInfo = {"rollport_build_info", Type::kGauge, "version",
                                      "Always 1; the release of the controller"};
inline constexpr Metric kUptime = {"rollport_uptime_seconds", Type::kGauge, "",
                                   "How long the controller has been running"};
inline constexpr Metric kControllerResident = {"rollport_controller_resident_bytes", Type::kGauge,
                                               "", "Resident memory of the controller"};
inline constexpr Metric kFleetState = {
    "rollport_fleet_state", Type::kGauge, "state",
    "1 for the state that the fleet is in, 0 for every other one"};
inline constexpr Metric kGeneration = {
    "rollport_generation", Type::kGauge, "",
    "The generation that the whole fleet runs; during a roll, the one it came from"};
inline constexpr Metric kWorkersWanted = {"rollport_workers_wanted", Type::kGauge, "",
                                          "How many slots the fleet has"};
inline constexpr Metric kWorkers = {"rollport_workers", Type::kGauge, "state",
                                    "Workers by state; draining ones too"};
inline constexpr Metric kListeners = {
    "rollport_listeners", Type::kGauge, "",
    "Listeners of the fleet's workers in the groups of its addresses"};
inline constexpr Metric kForeignListeners = {
    "rollport_foreign_listeners", Type::kGauge, "",
    "Listeners in the fleet's groups that are not the fleet's"};
inline constexpr Metric kStrayListener = {
    "rollport_stray_listener", Type::kGauge, "listener",
    "1 for each listener on the fleet's addresses that is in another group of the kernel's"};
inline constexpr Metric kSteeringActive = {
    "rollport_steering_active", Type::kGauge, "",
    "1 while connections are steered by program, 0 while the kernel's hash chooses"};
inline constexpr Metric kMigrateRequests = {"rollport_migrate_requests_enabled", Type::kGauge, "",
                                            "1 if net.ipv4.tcp_migrate_req is on"};
inline constexpr Metric kPromisesBroken = {
    "rollport_promises_broken_total", Type::kCounter, "",
    "Steps of the plan after which one of its promises did not hold; anything but 0 is a bug"};

// Slots
inline constexpr Metric kAcceptQueueDepth = {
    "rollport_accept_queue_depth", Type::kGauge, "slot",
    "Connections that wait to be accepted, over all listeners of the slot"};
inline constexpr Metric kAcceptQueueLimit = {
    "rollport_accept_queue_limit", Type::kGauge, "slot",
    "The most connections that may wait to be accepted, over all listeners of the slot"};
inline constexpr Metric kShare = {
    "rollport_share_ratio", Type::kGauge, "slot,generation",
    "The part of new connections that is given to the slot's workers of this generation, 0 to 1"};
inline constexpr Metric kConnectionsOpen = {"rollport_connections_open", Type::kGauge, "slot",
                                            "Connections that are open at the slot's workers"};
inline constexpr Metric kWorkerRestarts = {
    "rollport_worker_restarts_total", Type::kCounter, "slot",
    "Workers of the slot that had a share and ended without having been told to"};
inline constexpr Metric kNewcomersFailed = {
    "rollport_newcomers_failed_total", Type::kCounter, "slot",
    "Workers of the slot that failed or ended before they had a share"};
inline constexpr Metric kSlotLatency = {
    "rollport_slot_http_request_duration_seconds", Type::kSummary, "slot",
    "How many requests the slot has answered, and the sum of their durations"};

// Rolls and replacements
inline constexpr Metric kRolls = {"rollport_rolls_total", Type::kCounter, "outcome",
                                  "Rolls by how they ended"};
inline constexpr Metric kReplacements = {
    "rollport_replacements_total", Type::kCounter, "outcome",
    "Workers launched after the fleet had started, whether for a roll or for one that died: "
    "admitted, or failed before that"};
inline constexpr Metric kPhaseDuration = {"rollport_phase_duration_seconds", Type::kHistogram,
                                          "phase",
                                          "How long workers were in each phase of a replacement; "
                                          "the phase has the name of the worker's state"};
inline constexpr Metric kRollStarted = {"rollport_roll_started_timestamp_seconds", Type::kGauge, "",
                                        "When the roll under way began; 0 if there is none"};
inline constexpr Metric kRollReplaced = {
    "rollport_roll_slots_replaced", Type::kGauge, "",
    "Slots that the new generation serves, in the roll under way; 0 if there is none"};
inline constexpr Metric kLastRollNumber = {
    "rollport_last_roll_number", Type::kGauge, "",
    "The number of the last roll that has its verdict; 0 if there was none"};
inline constexpr Metric kLastRollOutcome = {
    "rollport_last_roll_outcome", Type::kGauge, "outcome",
    "1 for the outcome of the last roll, 0 for every other one"};
inline constexpr Metric kLastRollDuration = {
    "rollport_last_roll_duration_seconds", Type::kGauge, "",
    "How long the last roll took, without its last drains"};
inline constexpr Metric kLastRollEnd = {"rollport_last_roll_end_timestamp_seconds", Type::kGauge,
                                        "",
                                        "When the last roll had its verdict; 0 if there was none"};
inline constexpr Metric kLastRollReplaced = {"rollport_last_roll_slots_replaced", Type::kGauge, "",
                                             "Slots that the last roll replaced for good"};
inline constexpr Metric kLastRollCut = {
    "rollport_last_roll_connections_cut", Type::kGauge, "",
    "Connections that the last roll cut; NaN if that is not known"};
inline constexpr Metric kLastRollHandedOver = {
    "rollport_last_roll_connections_handed_over", Type::kGauge, "",
    "Connections that were handed over during the last roll"};
inline constexpr Metric kLastRollOverflows = {
    "rollport_last_roll_kernel_listen_overflows", Type::kGauge, "",
    "By how much rollport_kernel_listen_overflows_total went up during the last roll"};
inline constexpr Metric kLastRollDrops = {
    "rollport_last_roll_kernel_listen_drops", Type::kGauge, "",
    "By how much rollport_kernel_listen_drops_total went up during the last roll"};
inline constexpr Metric kLastRollMigrateFailures = {
    "rollport_last_roll_kernel_migrate_request_failures", Type::kGauge, "",
    "By how many failures rollport_kernel_migrate_requests_total went up during the last roll"};

// Workers' ends, and probes
inline constexpr Metric kWorkerExits = {"rollport_worker_exits_total", Type::kCounter, "reason",
                                        "Workers that have ended, by reason"};
inline constexpr Metric kProbes = {"rollport_probes_total", Type::kCounter, "result",
                                   "The controller's own probes, by result"};
inline constexpr Metric kProbeRequests = {
    "rollport_probe_requests_total", Type::kCounter, "",
    "Probes as the workers have counted them, apart from users' requests"};

// Connections and requests
inline constexpr Metric kConnectionsAccepted = {"rollport_connections_accepted_total",
                                                Type::kCounter, "",
                                                "Connections that workers have accepted"};
inline constexpr Metric kConnectionsHandedOver = {"rollport_connections_handed_over_total",
                                                  Type::kCounter, "",
                                                  "Idle connections passed to a successor"};
inline constexpr Metric kConnectionsEnded = {
    "rollport_connections_ended_total", Type::kCounter, "",
    "Idle connections ended by a FIN at the end of a drain"};
inline constexpr Metric kConnectionsCut = {
    "rollport_connections_cut_total", Type::kCounter, "",
    "Connections closed with a request under way because drain_timeout ran out; of a worker "
    "without a page: held when it was killed, or reset by it after its stop signal"};
inline constexpr Metric kCutUnknown = {
    "rollport_workers_cut_unknown_total", Type::kCounter, "",
    "Workers that have ended without it being known how many connections they cut"};
inline constexpr Metric kHttpRequests = {"rollport_http_requests_total", Type::kCounter, "code",
                                         "Requests by the class of their answer"};
inline constexpr Metric kHttpRequestsOpen = {"rollport_http_requests_open", Type::kGauge, "",
                                             "Requests whose answer is not complete"};
inline constexpr Metric kHttpLatency = {
    "rollport_http_request_duration_seconds", Type::kHistogram, "",
    "From the turn in which a request's head was read to the moment its answer was complete"};

// The kernel's own ledger
inline constexpr Metric kListenerDrops = {
    "rollport_listener_drops_total", Type::kCounter, "",
    "SYNs and last ACKs of handshakes that were dropped at the fleet's own listeners; one that is "
    "sent again counts again"};
inline constexpr Metric kListenOverflows = {"rollport_kernel_listen_overflows_total",
                                            Type::kCounter, "",
                                            "Connections dropped because an accept queue was full "
                                            "(ListenOverflows), in this network namespace"};
inline constexpr Metric kListenDrops = {"rollport_kernel_listen_drops_total", Type::kCounter, "",
                                        "SYNs and handshakes dropped at a listener, whatever the "
                                        "reason (ListenDrops), in this network namespace"};
inline constexpr Metric kMigrateRequestsTotal = {
    "rollport_kernel_migrate_requests_total", Type::kCounter, "result",
    "Handshakes and connections moved from a closed listener to another one (TCPMigrateReqSuccess, "
    "TCPMigrateReqFailure), in this network namespace"};
inline constexpr Metric kKernelConnections = {
    "rollport_kernel_connections", Type::kGauge, "state",
    "Sockets of the fleet's ports by their TCP state, those of probes included; counted every ten "
    "seconds, or more rarely if they are very many"};

// The workers' own metrics
inline constexpr Metric kUserConflicts = {"rollport_user_metric_conflicts", Type::kGauge, "",
                                          "Metrics registered by user code that workers declare "
                                          "differently; those of the newest generation are shown"};
inline constexpr Metric kUserDropped = {"rollport_user_series_dropped", Type::kGauge, "",
                                        "Series of user code that are not shown because there are "
                                        "too many, or because their page cannot be read"};
inline constexpr Metric kScrapeUp = {
    "rollport_worker_scrape_up", Type::kGauge, "slot",
    "1 if the last scrape of the worker's own exposition succeeded; only with worker.metrics"};
inline constexpr Metric kScrapeDropped = {"rollport_worker_scrape_series_dropped", Type::kGauge, "",
                                          "Series and HELP lines of workers' own expositions that "
                                          "are left out: too many, in conflict, or not what "
                                          "Prometheus takes; only with worker.metrics"};

inline constexpr std::array kCatalogue = {&kBuildInfo,
                                          &kUptime,
                                          &kControllerResident,
                                          &kFleetState,
                                          &kGeneration,
                                          &kWorkersWanted,
                                          &kWorkers,
                                          &kListeners,
                                          &kForeignListeners,
                                          &kStrayListener,
                                          &kSteeringActive,
                                          &kMigrateRequests,
                                          &kPromisesBroken,
                                          &kAcceptQueueDepth,
                                          &kAcceptQueueLimit,
                                          &kShare,
                                          &kConnectionsOpen,
                                          &kWorkerRestarts,
                                          &kNewcomersFailed,
                                          &kSlotLatency,
                                          &kRolls,
                                          &kReplacements,
                                          &kPhaseDuration,
                                          &kRollStarted,
                                          &kRollReplaced,
                                          &kLastRollNumber,
                                          &kLastRollOutcome,
                                          &kLastRollDuration,
                                          &kLastRollEnd,
                                          &kLastRollReplaced,
                                          &kLastRollCut,
                                          &kLastRollHandedOver,
                                          &kLastRollOverflows,
                                          &kLastRollDrops,
                                          &kLastRollMigrateFailures,
                                          &kWorkerExits,
                                          &kProbes,
                                          &kProbeRequests,
                                          &kConnectionsAccepted,
                                          &kConnectionsHandedOver,
                                          &kConnectionsEnded,
                                          &kConnectionsCut,
                                          &kCutUnknown,
                                          &kHttpRequests,
                                          &kHttpRequestsOpen,
                                          &kHttpLatency,
                                          &kListenerDrops,
                                          &kListenOverflows,
                                          &kListenDrops,
                                          &kMigrateRequestsTotal,
                                          &kKernelConnections,
                                          &kUserConflicts,
                                          &kUserDropped,
                                          &kScrapeUp,
                                          &kScrapeDropped};

}  // namespace rollport::exposition

#endif  // ROLLPORT_EXPOSITION_CATALOGUE_H_
