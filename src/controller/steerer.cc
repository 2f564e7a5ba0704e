#include "controller/steerer.h"

#include <algorithm>

#include "base/status_macros.h"

namespace rollport::controller {

Steerer::Steerer(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers,
                 const std::vector<os::SocketAddress>& addresses) {
  for (const os::SocketAddress& address : addresses) {
    groups_.push_back(std::make_unique<Group>(loop, diag, workers, address));
  }
}

absl::StatusOr<bool> Steerer::Refresh() {
  bool changed = false;
  for (auto& group : groups_) {
    ASSIGN_OR_RETURN(const bool this_one, group->Refresh());
    changed |= this_one;
  }
  return changed;
}

void Steerer::Steer(const std::map<WorkerId, uint32_t>& weights) {
  for (auto& group : groups_) group->Steer(weights);
}

bool Steerer::InAnyGroup(WorkerId worker) const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [worker](const auto& group) { return group->Has(worker); });
}

bool Steerer::InEveryGroup(WorkerId worker) const {
  return std::all_of(groups_.begin(), groups_.end(),
                     [worker](const auto& group) { return group->Has(worker); });
}

uint32_t Steerer::AcceptQueue(WorkerId worker) const {
  uint32_t sum = 0;
  for (const auto& group : groups_) sum += group->AcceptQueue(worker);
  return sum;
}

int Steerer::ForeignListeners() const {
  int sum = 0;
  for (const auto& group : groups_) sum += group->Foreign();
  return sum;
}

bool Steerer::steered() const {
  return std::all_of(groups_.begin(), groups_.end(),
                     [](const auto& group) { return group->steered(); });
}

std::string Steerer::trouble() const {
  for (const auto& group : groups_) {
    if (!group->trouble().empty()) return group->trouble();
  }
  return "";
}

int64_t Steerer::lapses() const {
  int64_t sum = 0;
  for (const auto& group : groups_) sum += group->lapses();
  return sum;
}

}  // namespace rollport::controller
