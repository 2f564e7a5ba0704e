#include "api/event_log.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rollport::api {

std::string CutText(std::optional<int64_t> cut) {
  if (!cut.has_value()) return "connections cut: unknown";
  return absl::StrCat(*cut, *cut == 1 ? " connection cut" : " connections cut");
}

void EventLog::Append(FleetEvent event) {
  event.sequence = ++last_;
  events_.push_back(std::move(event));
  if (events_.size() > capacity_) events_.pop_front();
  // By number, because a subscriber may end the subscription of another one.
  std::vector<int64_t> ids;
  for (const auto& [id, unused] : subscribers_) ids.push_back(id);
  for (const int64_t id : ids) {
    const auto it = subscribers_.find(id);
    if (it == subscribers_.end()) continue;
    // Called as a copy: it may end its own subscription, and so destroy its own function.
    const auto f = it->second;
    f(events_.back());
  }
}

const FleetEvent* EventLog::After(int64_t sequence) const {
  if (events_.empty() || sequence >= last_) return nullptr;
  const int64_t index = std::max<int64_t>(sequence + 1 - events_.front().sequence, 0);
  return &events_[static_cast<size_t>(index)];
}

bool EventLog::Knows(int64_t roll) const {
  return std::any_of(events_.begin(), events_.end(),
                     [roll](const FleetEvent& event) { return event.roll == roll; });
}

EventLog::Subscription EventLog::Subscribe(std::function<void(const FleetEvent&)> f) {
  subscribers_.emplace(++last_subscriber_, std::move(f));
  return Subscription(this, last_subscriber_);
}

EventLog::Subscription& EventLog::Subscription::operator=(Subscription&& other) noexcept {
  std::swap(log_, other.log_);
  std::swap(id_, other.id_);
  return *this;
}

EventLog::Subscription::~Subscription() {
  if (log_ != nullptr) log_->subscribers_.erase(id_);
}

}  // namespace rollport::api
