#include "controller/traffic/steerer.h"

#include <algorithm>
#include <optional>

#include "base/status_macros.h"

namespace rollport::controller {

Steerer::Steerer(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers)
    : loop_(loop), diag_(diag), workers_(workers) {}

void Steerer::Add(const os::SocketAddress& address, const std::optional<os::Credentials>& owner) {
  if (Find(address) != nullptr) return;
  groups_.push_back(std::make_unique<Group>(loop_, diag_, workers_, address, owner));
  groups_.back()->set_on_program([this] { on_program_(); });
  groups_.back()->ExpectToLeave(leaving_);
  groups_.back()->Steer(weights_);
}

void Steerer::Remove(const os::SocketAddress& address) {
  std::erase_if(groups_, [&](const auto& group) {
    if (group->address() != address) return false;
    drops_of_removed_ += group->drops();
    return true;
  });
}

Group* Steerer::Find(const os::SocketAddress& address) {
  for (const auto& group : groups_) {
    if (group->address() == address) return group.get();
  }
  return nullptr;
}

void Steerer::TakeOver(const std::map<os::SocketAddress, size_t>& programs) {
  for (auto& group : groups_) {
    const auto known = programs.find(group->address());
    group->TakeOver(known == programs.end() ? std::nullopt : std::optional(known->second));
  }
}

std::map<os::SocketAddress, size_t> Steerer::ProgramMembers() const {
  std::map<os::SocketAddress, size_t> all;
  for (const auto& group : groups_) {
    if (group->program_members().has_value()) all[group->address()] = *group->program_members();
  }
  return all;
}

absl::StatusOr<bool> Steerer::Refresh() {
  bool changed = false;
  for (auto& group : groups_) {
    ASSIGN_OR_RETURN(const bool this_one, group->Refresh());
    changed |= this_one;
  }
  refreshed_ = loop_.Now();
  return changed;
}

absl::StatusOr<bool> Steerer::RefreshOnce() {
  if (refreshed_ == loop_.Now()) return false;
  return Refresh();
}

std::set<std::pair<int, uint16_t>> Steerer::Ports() const {
  std::set<std::pair<int, uint16_t>> ports;
  for (const auto& group : groups_) {
    ports.emplace(group->address().family(), group->address().port());
  }
  return ports;
}

void Steerer::Steer(const rollout::Weights& weights) {
  weights_ = weights;
  for (auto& group : groups_) group->Steer(weights);
}

void Steerer::ExpectToLeave(const std::set<WorkerId>& workers) {
  leaving_ = workers;
  for (auto& group : groups_) group->ExpectToLeave(workers);
}

int64_t Steerer::members() const {
  size_t sum = 0;
  for (const auto& group : groups_) sum += group->members().size();
  return static_cast<int64_t>(sum);
}

bool Steerer::InAnyGroup(WorkerId worker) const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [worker](const auto& group) { return group->Has(worker); });
}

std::vector<WorkerId> Steerer::Present() const {
  std::vector<WorkerId> present;
  for (const auto& group : groups_) {
    for (const auto& [inode, member] : group->members()) {
      if (const auto worker = member.worker()) present.push_back(*worker);
    }
  }
  std::ranges::sort(present);
  present.erase(std::unique(present.begin(), present.end()), present.end());
  return present;
}

bool Steerer::InEveryGroup(WorkerId worker, const std::vector<os::SocketAddress>& addresses) {
  return std::all_of(addresses.begin(), addresses.end(), [&](const os::SocketAddress& address) {
    const Group* group = Find(address);
    return group != nullptr && group->Has(worker);
  });
}

uint32_t Steerer::AcceptQueue(WorkerId worker) const {
  uint32_t sum = 0;
  for (const auto& group : groups_) sum += group->AcceptQueue(worker);
  return sum;
}

std::map<WorkerId, uint32_t> Steerer::AcceptQueues() const {
  std::map<WorkerId, uint32_t> queues;
  for (const auto& group : groups_) {
    for (const auto& [inode, member] : group->members()) {
      if (const auto worker = member.worker()) queues[*worker] += member.accept_queue;
    }
  }
  return queues;
}

uint32_t Steerer::LastAcceptQueue(WorkerId worker) const {
  uint32_t sum = 0;
  for (const auto& group : groups_) sum += group->LastAcceptQueue(worker);
  return sum;
}

int Steerer::ForeignListeners() const {
  int sum = 0;
  for (const auto& group : groups_) sum += group->Foreign();
  return sum;
}

uint64_t Steerer::drops() const {
  uint64_t sum = drops_of_removed_;
  for (const auto& group : groups_) sum += group->drops();
  return sum;
}

std::vector<std::string> Steerer::Strays() const {
  std::vector<std::string> all;
  for (const auto& group : groups_) {
    const std::vector<std::string> some = group->Strays();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::vector<std::string> Steerer::TakeFound() {
  std::vector<std::string> all;
  for (const auto& group : groups_) {
    const std::vector<std::string> some = group->TakeFound();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
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
