#include "controller/accounts/accounts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "controller/accounts/newcomer_text.h"
#include "controller/process/leftovers.h"

namespace rollport::controller {
namespace {

LastCounts CountsOf(const WorkerProcess& worker) {
  LastCounts counts;
  if (!worker.page().InUse()) return counts;
  counts.cut = static_cast<int64_t>(worker.page()->connections_cut.Get());
  if (worker.killed()) counts.cut += static_cast<int64_t>(worker.page()->requests_open.Get());
  counts.handed_over = static_cast<int64_t>(worker.page()->connections_handed_over.Get());
  return counts;
}

}  // namespace

Accounts::Accounts(os::EventLoop& loop, WorkerTable& workers, const Releases& releases,
                   const rollout::Plan& plan, Traffic& traffic,
                   std::function<void(WorkerId, const std::string&)> on_worse)
    : loop_(loop),
      plan_(plan),
      releases_(releases),
      traffic_(traffic),
      chronicle_(loop, workers),
      meters_(workers, chronicle_.events()),
      view_({loop, workers, releases, plan, traffic, chronicle_}),
      collector_({loop, workers, releases, plan, traffic, chronicle_}, meters_),
      audit_(loop, workers, releases, plan, std::move(on_worse)) {}

void Accounts::NoteStep(const rollout::Event& event, const rollout::Actions& actions) {
  meters_.Follow(loop_.Now(), event, actions, plan_.view());
}

void Accounts::NoteRollEnded(const rollout::RollEnded& ended) {
  chronicle_.EndRoll(ended, plan_.view());
  GiveVerdicts();
}

std::string Accounts::EvidenceOf(WorkerId id,
                                 const std::optional<std::vector<std::string>>& lines) const {
  const auto it = plan_.view().workers.find(id);
  if (it == plan_.view().workers.end()) return "";
  const rollout::Worker& worker = it->second;
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

Accounts::Exit Accounts::NoteExit(const WorkerProcess& worker, const os::ExitStatus& how,
                                  const std::optional<std::vector<std::string>>& lines) {
  const auto it = plan_.view().workers.find(worker.id());
  const bool unasked = it != plan_.view().workers.end() && !rollout::IsUnwanted(it->second.state);
  Exit exit{.worker = worker.id(), .how = how.ToString()};
  if (!worker.kill_reason().empty()) exit.how = absl::StrCat(worker.kill_reason(), ", ", exit.how);
  // What a newcomer that dies wrote last is mostly why.
  if (unasked && !it->second.served) {
    exit.how += LastLinesText(lines, releases_.at(worker.generation()).settings, worker.slot(),
                              worker.generation());
  }
  exit.counts = CountsOf(worker);
  const int64_t cut = exit.counts.cut;
  chronicle_.TellOf(worker.id(), api::event_kind::kWorkerExited, "",
                    cut == 0 ? exit.how : absl::StrCat(exit.how, ", ", cut, " connections cut"),
                    loop_.Now() - worker.launched(), unasked);
  meters_.Bury(worker, how);
  chronicle_.NoteEnded(worker.id());
  return exit;
}

Accounts::Exit Accounts::NoteStuck(const WorkerProcess& worker) {
  Exit exit{.worker = worker.id(),
            .how = absl::StrCat("was killed and does not end: ", DescribeProcess(worker.pid()))};
  exit.counts = CountsOf(worker);
  chronicle_.TellOf(worker.id(), api::event_kind::kKillFailed, "killed",
                    absl::StrCat(exit.how, "; the fleet goes on without it"));
  meters_.Bury(worker, {.known = false});
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
