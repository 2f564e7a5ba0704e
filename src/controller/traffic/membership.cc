#include "controller/traffic/membership.h"

#include <algorithm>
#include <utility>

namespace rollport::controller {
namespace {

using rollout::WorkerState;

constexpr absl::Duration kFastPace = absl::Milliseconds(1);
constexpr absl::Duration kSlowPace = absl::Milliseconds(250);
// A look takes some microseconds for each member. At these paces it takes a small part of the time.
constexpr absl::Duration kFastForEachMember = absl::Microseconds(20);
constexpr absl::Duration kSlowForEachMember = absl::Milliseconds(1);

}  // namespace

Membership::Membership(os::EventLoop& loop, const Releases& releases, Steerer& steerer,
                       std::function<void()> on_due)
    : loop_(loop), releases_(releases), steerer_(steerer), due_(loop, std::move(on_due)) {}

bool Membership::IsReadyByListening(const rollout::Worker& worker) const {
  return releases_.at(worker.generation).settings.ready == fleet_file::Ready::kListening;
}

void Membership::NoteJoined(WorkerId worker) {
  const auto place = std::ranges::lower_bound(joined_, worker);
  if (place == joined_.end() || *place != worker) joined_.insert(place, worker);
}

std::vector<rollout::Event> Membership::News(const rollout::Fleet& fleet) {
  std::vector<rollout::Event> news;
  const std::vector<WorkerId> present = steerer_.Present();
  const bool any_new = !std::ranges::includes(joined_, present);
  for (const auto& [id, worker] : fleet.workers) {
    const bool in_a_group = std::ranges::binary_search(present, id);
    if (in_a_group && any_new) NoteJoined(id);
    if (worker.state == WorkerState::kStarting) {
      const auto& addresses = releases_.at(worker.generation).listen;
      if (IsReadyByListening(worker) && steerer_.InEveryGroup(id, addresses)) {
        news.emplace_back(rollout::WorkerBecameReady{id});
      }
      continue;
    }
    if (in_a_group || !worker.listening) continue;
    if (rollout::IsUnwanted(worker.state) || std::ranges::binary_search(joined_, id)) {
      news.emplace_back(rollout::ListenersLeft{id});
    }
  }
  return news;
}

std::optional<std::string> Membership::NewTrouble(const rollout::Fleet& fleet) {
  // While all workers are leaving, it does not matter.
  if (fleet.stopping) return std::nullopt;
  const std::string trouble = fleet.weights.empty() ? "" : steerer_.trouble();
  if (trouble.empty() == told_trouble_.empty()) return std::nullopt;
  return told_trouble_ = trouble;
}

std::vector<std::string> Membership::NewForeigners() {
  std::vector<std::string> found = steerer_.TakeFound();
  std::erase_if(found, [this](const std::string& text) {
    return !told_foreigners_.IsNews(loop_.Now(), text);
  });
  return found;
}

void Membership::Watch(const rollout::Fleet& fleet) {
  const absl::Duration pace = Pace(fleet);
  if (!due_.armed() || due_.when() > loop_.Now() + pace) due_.After(pace);
}

absl::Duration Membership::Pace(const rollout::Fleet& fleet) const {
  const int64_t members = steerer_.members();
  for (const auto& [id, worker] : fleet.workers) {
    const bool coming = worker.state == WorkerState::kStarting && IsReadyByListening(worker);
    const bool going = worker.listening && rollout::IsStopping(worker.state);
    // If another listener leaves now, the kernel's hash may choose this worker until that is seen.
    const bool quiescing = worker.state == WorkerState::kQuiescing;
    if (coming || going || quiescing) return std::max(kFastPace, members * kFastForEachMember);
  }
  return std::max(kSlowPace, members * kSlowForEachMember);
}

}  // namespace rollport::controller
