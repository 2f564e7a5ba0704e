#include "controller/accounts/fleet_collector.h"

#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "os/netstat.h"
#include "os/proc.h"

namespace rollport::controller {
namespace {

using exposition::Families;

// By the TCP_… values of <netinet/tcp.h>, which does not name 12, TCP_NEW_SYN_RECV.
constexpr std::array<std::pair<int, const char*>, 12> kTcpStates = {
    {{TCP_ESTABLISHED, "established"},
     {TCP_SYN_SENT, "syn_sent"},
     {TCP_SYN_RECV, "syn_recv"},
     {TCP_FIN_WAIT1, "fin_wait1"},
     {TCP_FIN_WAIT2, "fin_wait2"},
     {TCP_TIME_WAIT, "time_wait"},
     {TCP_CLOSE, "close"},
     {TCP_CLOSE_WAIT, "close_wait"},
     {TCP_LAST_ACK, "last_ack"},
     {TCP_LISTEN, "listen"},
     {TCP_CLOSING, "closing"},
     {12, "new_syn_recv"}}};

void ShowWorkers(const api::FleetStatus& status, Families* out) {
  std::map<std::string, int> by_state;
  std::map<std::pair<int, int64_t>, double> shares;
  for (const api::WorkerStatus& worker : status.workers) {
    ++by_state[worker.state];
    shares[{worker.slot, worker.generation}] += worker.share;
  }
  for (const rollout::WorkerState state : rollout::kWorkerStates) {
    const std::string name(rollout::Name(state));
    out->Add(exposition::kWorkers, {name}, by_state[name]);
  }
  for (const auto& [key, share] : shares) {
    out->Add(exposition::kShare, {absl::StrCat(key.first), absl::StrCat(key.second)}, share);
  }
}

void ShowOpenConnections(size_t slots, const api::FleetStatus& status, Families* out) {
  std::vector<int64_t> open(slots);
  for (const api::WorkerStatus& worker : status.workers) {
    const auto slot = static_cast<size_t>(worker.slot);
    if (slot < open.size()) open[slot] += worker.connections.value_or(0);
  }
  for (size_t i = 0; i < open.size(); ++i) {
    out->Add(exposition::kConnectionsOpen, {absl::StrCat(i)}, static_cast<double>(open[i]));
  }
}

void ShowKernel(const api::FleetStatus& status, Families* out) {
  out->Add(exposition::kListenerDrops, {}, static_cast<double>(status.listener_drops));
  const auto counters = os::ReadTcpCounters();
  if (!counters.ok()) return;
  const auto real = [](int64_t n) { return static_cast<double>(n); };
  out->Add(exposition::kListenOverflows, {}, real(counters->listen_overflows));
  out->Add(exposition::kListenDrops, {}, real(counters->listen_drops));
  const auto& moved = exposition::kMigrateRequestsTotal;
  out->Add(moved, {"success"}, real(counters->migrate_request_success));
  out->Add(moved, {"failure"}, real(counters->migrate_request_failure));
}

}  // namespace

FleetCollector::FleetCollector(const FleetSources& sources, FleetMeters& meters)
    : from_(sources),
      view_(sources),
      meters_(meters),
      scraper_(sources.loop, sources.traffic.diag(), sources.workers, sources.traffic.steerer(),
               [this] { return ScrapeTargets(); }),
      connections_(sources.loop, sources.traffic.steerer()),
      started_(sources.loop.Now()) {}

void FleetCollector::Start() {
  scraper_.Start();
  connections_.Start();
}

void FleetCollector::Stop() {
  scraper_.Stop();
  connections_.Stop();
}

std::vector<prometheus::MetricFamily> FleetCollector::Collect() const {
  const std::string& name = from_.releases.settings().name;
  Families families(name);
  const api::FleetStatus status = view_.Status();
  ShowFleet(status, &families);
  ShowWorkers(status, &families);
  ShowListeners(&families);
  ShowOpenConnections(from_.plan.view().slots.size(), status, &families);
  ShowSockets(&families);
  meters_.Show(from_.plan.view().slots.size(), &families);
  ShowKernel(status, &families);
  meters_.ShowUser(&families);
  scraper_.Show(name, &families);
  return families.Take();
}

// One target for each slot: the worker that serves it.
std::vector<WorkerScraper::Target> FleetCollector::ScrapeTargets() const {
  std::vector<WorkerScraper::Target> targets;
  const rollout::Fleet& fleet = from_.plan.view();
  for (size_t i = 0; i < fleet.slots.size(); ++i) {
    const std::optional<WorkerId> serving = fleet.slots[i].serving;
    if (!serving.has_value()) continue;
    const auto worker = fleet.workers.find(*serving);
    if (worker == fleet.workers.end()) continue;
    const std::string& metrics = from_.releases.at(worker->second.generation).settings.metrics;
    if (!metrics.empty()) targets.push_back({*serving, static_cast<int>(i), metrics});
  }
  return targets;
}

void FleetCollector::ShowFleet(const api::FleetStatus& status, Families* out) const {
  const rollout::Fleet& fleet = from_.plan.view();
  out->Add(exposition::kBuildInfo, {ROLLPORT_VERSION}, 1);
  out->Add(exposition::kUptime, {}, absl::ToDoubleSeconds(from_.loop.Now() - started_));
  out->Add(exposition::kControllerResident, {},
           static_cast<double>(os::ResidentBytes(getpid()).value_or(0)));
  for (const rollout::FleetState state : rollout::kFleetStates) {
    const std::string name(rollout::Name(state));
    out->Add(exposition::kFleetState, {name}, name == status.state ? 1 : 0);
  }
  out->Add(exposition::kGeneration, {}, static_cast<double>(status.generation));
  out->Add(exposition::kWorkersWanted, {}, fleet.open_slots());
  out->Add(exposition::kForeignListeners, {}, static_cast<double>(status.foreign_listeners));
  if (status.stray_listeners.empty()) out->Add(exposition::kStrayListener, {""}, 0);
  for (const std::string& stray : status.stray_listeners) {
    out->Add(exposition::kStrayListener, {stray}, 1);
  }
  out->Add(exposition::kSteeringActive, {}, status.steering == "cbpf" ? 1 : 0);
  out->Add(exposition::kMigrateRequests, {}, status.migrate_requests ? 1 : 0);
  const absl::Time began =
      status.roll.has_value() ? from_.chronicle.current()->began() : absl::UnixEpoch();
  out->Add(exposition::kRollStarted, {}, absl::ToDoubleSeconds(began - absl::UnixEpoch()));
  out->Add(exposition::kRollReplaced, {}, status.roll.has_value() ? status.roll->replaced : 0);
}

void FleetCollector::ShowListeners(Families* out) const {
  struct Queue {
    double depth = 0, limit = 0;
  };
  std::vector<Queue> queues(from_.plan.view().slots.size());
  int listeners = 0;
  for (const auto& group : from_.traffic.steerer().groups()) {
    for (const auto& [inode, member] : group->members()) {
      const WorkerProcess* worker =
          member.owner.has_value() ? from_.workers.Find(member.owner->worker) : nullptr;
      if (worker == nullptr) continue;
      ++listeners;
      const auto slot = static_cast<size_t>(worker->slot().value());
      if (slot >= queues.size()) continue;
      queues[slot].depth += member.accept_queue;
      queues[slot].limit += member.accept_limit;
    }
  }
  out->Add(exposition::kListeners, {}, listeners);
  for (size_t i = 0; i < queues.size(); ++i) {
    out->Add(exposition::kAcceptQueueDepth, {absl::StrCat(i)}, queues[i].depth);
  }
  for (size_t i = 0; i < queues.size(); ++i) {
    out->Add(exposition::kAcceptQueueLimit, {absl::StrCat(i)}, queues[i].limit);
  }
}

void FleetCollector::ShowSockets(Families* out) const {
  if (!connections_.last().has_value()) return;
  for (const auto& [state, name] : kTcpStates) {
    out->Add(exposition::kKernelConnections, {name},
             (*connections_.last())[static_cast<size_t>(state)]);
  }
}

}  // namespace rollport::controller
