#include "controller/traffic/traffic.h"

#include <set>
#include <utility>

namespace rollport::controller {

Traffic::Traffic(os::EventLoop& loop, os::SockDiag diag, WorkerTable& workers,
                 const Releases& releases, std::function<void()> on_look_due)
    : loop_(loop),
      diag_(std::move(diag)),
      workers_(workers),
      releases_(releases),
      steerer_(loop, diag_, workers),
      addresses_(diag_, steerer_),
      membership_(loop, releases, steerer_, std::move(on_look_due)),
      successors_(workers),
      departures_(loop, steerer_),
      packets_(loop) {}

absl::Status Traffic::Hold(const Release& release) {
  return addresses_.Hold(release.listen, release.settings.process.credentials);
}

absl::Status Traffic::Hold(const Release& release, const os::SocketAddress& address) {
  return addresses_.Hold({address}, release.settings.process.credentials);
}

void Traffic::LetGo(const rollout::Fleet& fleet) {
  addresses_.KeepOnly(NeededAddresses(fleet, releases_));
}

void Traffic::ApplyShares(const rollout::Weights& weights) {
  // If the table cannot be read, the groups stay as they were; the next look reads it again.
  steerer_.RefreshOnce().IgnoreError();
  steerer_.Steer(weights);
}

void Traffic::Probe(WorkerId worker, const Release& release, Prober::Report report) {
  if (const auto it = probers_.find(worker); it != probers_.end()) return it->second->Again();
  probers_[worker] =
      std::make_unique<Prober>(loop_, diag_, workers_, steerer_, worker, release.listen,
                               releases_.settings().health, std::move(report));
}

void Traffic::ProbeRarely(WorkerId worker) {
  const auto it = probers_.find(worker);
  if (it != probers_.end()) it->second->set_steady(true);
}

std::optional<ProbeRecord> Traffic::ProbesOf(WorkerId worker) const {
  const auto it = probers_.find(worker);
  if (it == probers_.end()) return std::nullopt;
  return it->second->record();
}

bool Traffic::StopProbing(WorkerId worker) {
  const auto prober = probers_.extract(worker);
  if (prober.empty()) return false;
  const absl::StatusOr<bool> queued = prober.mapped()->IsQueued();
  if (queued.ok() && !*queued) return false;
  const bool known = queued.ok() && steerer_.Refresh().ok();
  left_probes_[worker] = known ? std::optional(steerer_.AcceptQueue(worker)) : std::nullopt;
  return true;
}

std::optional<int64_t> Traffic::LeftInQueue(WorkerId worker) const {
  const int64_t waiting = steerer_.LastAcceptQueue(worker);
  const auto probe = left_probes_.find(worker);
  if (waiting == 0 || probe == left_probes_.end()) return waiting;
  // Nobody else is sent there. So if as many wait as then, none has been accepted.
  return probe->second == waiting ? std::optional(waiting - 1) : std::nullopt;
}

void Traffic::TrustOrder(WorkerId worker) {
  const auto it = probers_.find(worker);
  if (it != probers_.end()) it->second->set_identify(false);
}

void Traffic::Quiesce(WorkerId worker, std::function<void(uint32_t waiting)> on_queue,
                      std::function<void()> done) {
  Quiescer::Hooks hooks = {.on_queue = std::move(on_queue),
                           .stop_probing = [this, worker] { return StopProbing(worker); },
                           .done = std::move(done)};
  quiescers_[worker] =
      std::make_unique<Quiescer>(loop_, diag_, packets_, steerer_, worker, std::move(hooks));
}

void Traffic::ExpectToLeave(WorkerId worker, absl::Duration within) {
  // By the members that are there now. Mostly a quiescer has just looked.
  steerer_.RefreshOnce().IgnoreError();
  departures_.Expect(worker, within);
}

void Traffic::CloseListeners(WorkerId worker) {
  for (const auto& group : steerer_.groups()) group->ShutDown(worker);
}

void Traffic::NameSuccessor(WorkerId worker, const rollout::Fleet& fleet) {
  successors_.Retire(worker, fleet);
}

void Traffic::Forget(WorkerId worker, const rollout::Fleet& fleet) {
  probers_.erase(worker);
  quiescers_.erase(worker);
  successors_.Gone(worker, fleet);
  membership_.Forget(worker);
  departures_.Forget(worker);
  left_probes_.erase(worker);
}

bool Traffic::TakeOver(const std::map<os::SocketAddress, size_t>& programs) {
  steerer_.TakeOver(programs);
  return steerer_.Refresh().ok();
}

}  // namespace rollport::controller
