#include "controller/accounts/accounts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "controller/accounts/newcomer_text.h"
#include "controller/process/leftovers.h"

namespace rollport::controller {

Accounts::Accounts(os::EventLoop& loop, WorkerTable& workers, const Releases& releases,
                   const rollout::Plan& plan, Traffic& traffic,
                   std::function<void(WorkerId, const std::string&)> on_worse)
    : loop_(loop),
      plan_(plan),
      releases_(releases),
      traffic_(traffic),
      chronicle_(loop, workers),
      held_(traffic.diag(), workers, traffic.steerer()),
      meters_(workers, chronicle_.events()),
      view_({loop, workers, releases, plan, traffic, chronicle_, held_}),
      collector_({loop, workers, releases, plan, traffic, chronicle_, held_}, meters_),
      audit_(loop, workers, releases, plan, std::move(on_worse)),
      cuts_(loop, traffic.diag()),
      page_cuts_(traffic.diag()) {}

void Accounts::NoteStep(const rollout::Event& event, const rollout::Actions& actions) {
  meters_.Follow(loop_.Now(), event, actions, plan_.view());
}

void Accounts::NoteRollEnded(const rollout::RollEnded& ended) {
  chronicle_.EndRoll(ended, plan_.view());
  GiveVerdicts();
}

void Accounts::NoteStopping(const WorkerProcess& worker) {
  const Release& release = releases_.at(worker.generation());
  cuts_.NoteStopping(worker, release.listen, !releases_.settings().health.path.empty());
}

void Accounts::NoteKilling(const WorkerProcess& worker) {
  const std::vector<os::SocketAddress>& listen = releases_.at(worker.generation()).listen;
  cuts_.NoteKilling(worker, listen);
  const rollout::Worker* const planned = PlannedAs(worker.id());
  page_cuts_.NoteKilling(worker, listen, planned == nullptr || planned->listening);
}

const rollout::Worker* Accounts::PlannedAs(WorkerId id) const {
  const auto it = plan_.view().workers.find(id);
  return it == plan_.view().workers.end() ? nullptr : &it->second;
}

std::string Accounts::EvidenceOf(WorkerId id,
                                 const std::optional<std::vector<std::string>>& lines) const {
  const rollout::Worker* const planned = PlannedAs(id);
  if (planned == nullptr) return "";
  const rollout::Worker& worker = *planned;
  const fleet_file::WorkerSettings& settings = releases_.at(worker.generation).settings;
  const std::optional<ProbeRecord> probes = traffic_.ProbesOf(id);
  std::string text;
  if (worker.state == rollout::WorkerState::kStarting) {
    text = NotReadyText(settings.ready);
  } else if (probes.has_value()) {
    text = ProbesText(*probes);
  }
  return text + LastLinesText(lines, settings, worker.slot, worker.generation);
}

LastCounts Accounts::CountsOf(const WorkerProcess& worker, const os::ExitStatus& how) {
  const std::optional<int64_t> queued = LeftInQueue(worker);
  LastCounts counts{.cut = cuts_.Take(worker, how)};
  if (worker.page().InUse()) {
    const rollout::Worker* const planned = PlannedAs(worker.id());
    counts.cut = page_cuts_.Take(worker, planned != nullptr && rollout::IsStopping(planned->state));
    counts.handed_over = static_cast<int64_t>(worker.page()->connections_handed_over.Get());
  }
  counts.cut = counts.cut.has_value() && queued.has_value() ? std::optional(*counts.cut + *queued)
                                                            : std::nullopt;
  return counts;
}

std::optional<int64_t> Accounts::LeftInQueue(const WorkerProcess& worker) const {
  // A worker that is written with the library accepts those before it leaves its groups.
  const bool has_left = !worker.killed() || !page_cuts_.MayHaveListened(worker);
  if (worker.page().InUse() && has_left) return 0;
  const rollout::Worker* const planned = PlannedAs(worker.id());
  // Only probes come to a worker that never served.
  if (planned == nullptr || !planned->served) return 0;
  if (!rollout::IsUnwanted(planned->state)) return 0;
  const std::optional<int64_t> queued = traffic_.LeftInQueue(worker.id());
  // One that accepts nothing has left our probes there too, and how many is not known.
  const rollout::ProbeResult probe = planned->last_probe;
  const bool probed =
      probe == rollout::ProbeResult::kSilent || probe == rollout::ProbeResult::kOverdue;
  return probed && queued > 0 ? std::nullopt : queued;
}

Accounts::Exit Accounts::NoteExit(const WorkerProcess& worker, const os::ExitStatus& how,
                                  const std::optional<std::vector<std::string>>& lines) {
  const rollout::Worker* const planned = PlannedAs(worker.id());
  const bool unasked = planned != nullptr && !rollout::IsUnwanted(planned->state);
  Exit exit{.worker = worker.id(), .how = how.ToString()};
  if (!worker.kill_reason().empty()) exit.how = absl::StrCat(worker.kill_reason(), ", ", exit.how);
  // What a newcomer that dies wrote last is mostly why.
  if (unasked && !planned->served) {
    exit.how += LastLinesText(lines, releases_.at(worker.generation()).settings, worker.slot(),
                              worker.generation());
  }
  exit.counts = CountsOf(worker, how);
  chronicle_.TellOf(
      worker.id(), api::event_kind::kWorkerExited, "",
      exit.counts.cut == 0 ? exit.how : absl::StrCat(exit.how, ", ", api::CutText(exit.counts.cut)),
      loop_.Now() - worker.launched(), unasked);
  meters_.Bury(worker, how, exit.counts.cut);
  chronicle_.NoteEnded(worker.id());
  return exit;
}

Accounts::Exit Accounts::NoteStuck(const WorkerProcess& worker) {
  Exit exit{.worker = worker.id(),
            .how = absl::StrCat("was killed and does not end: ", DescribeProcess(worker.pid()))};
  const os::ExitStatus unknown{.known = false};
  exit.counts = CountsOf(worker, unknown);
  chronicle_.TellOf(worker.id(), api::event_kind::kKillFailed, "killed",
                    absl::StrCat(exit.how, "; the fleet goes on without it"));
  meters_.Bury(worker, unknown, exit.counts.cut);
  chronicle_.NoteStuck(worker.id(),
                       absl::StrCat("a worker of slot ", worker.slot().value(), " ", exit.how));
  return exit;
}

void Accounts::Settle(const Exit& exit) {
  chronicle_.NoteGone(exit.worker, exit.counts);
  GiveVerdicts();
}

void Accounts::GiveVerdicts() {
  chronicle_.GiveVerdicts([this](const api::RollRecord& roll, absl::Time at) {
    meters_.rolls().NoteVerdict(roll, at);
  });
}

}  // namespace rollport::controller
