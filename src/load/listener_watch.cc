#include "load/listener_watch.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/status_macros.h"
#include "load/report.h"
#include "load/rounding.h"

namespace rollport::load {
namespace {

using Json = nlohmann::ordered_json;

Verdict JudgeTallies(const std::vector<WatchTally>& tallies) {
  Verdict verdict = Verdict::kClean;
  for (const WatchTally& tally : tallies) {
    if (tally.empty_looks() > 0) return Verdict::kLost;
    if (tally.looks() == 0) verdict = Verdict::kUnknown;
  }
  return verdict;
}

std::string_view NameOf(Verdict verdict) {
  if (verdict == Verdict::kUnknown) return "unknown";
  return verdict == Verdict::kClean ? "clean" : "violated";
}

Json TallyJson(const WatchTally& tally, Instant start) {
  Json violations = Json::array();
  for (const WatchTally::Violation& violation : tally.violations()) {
    violations.push_back(
        {{"from", Seconds(violation.from - start)}, {"to", Seconds(violation.to - start)}});
  }
  Json listeners = Json::object();
  for (const auto& [number, looks] : tally.listeners()) listeners[std::to_string(number)] = looks;
  return {{"looks", tally.looks()},
          {"empty_looks", tally.empty_looks()},
          {"full_looks", tally.full_looks()},
          {"violations", violations},
          {"looks_by_listeners", listeners},
          {"max_queued", tally.max_queued()},
          {"gap_ms",
           {{"p50", Millis(tally.gaps().Quantile(0.5))},
            {"p99", Millis(tally.gaps().Quantile(0.99))},
            {"p99.9", Millis(tally.gaps().Quantile(0.999))},
            {"max", Millis(tally.gaps().max())}}}};
}

}  // namespace

void WatchTally::Look(Instant now, int listeners, int with_room, uint64_t queued) {
  if (looks_ == 0 && listeners == 0) return;
  if (looks_ > 0) gaps_.Add(now - last_);
  last_ = now;
  ++looks_;
  ++listeners_[listeners];
  max_queued_ = std::max(max_queued_, queued);
  if (listeners > 0 && with_room == 0) ++full_looks_;
  if (listeners == 0) {
    ++empty_looks_;
    if (empty_ && !violations_.empty()) {
      violations_.back().to = now;
    } else if (violations_.size() < kMaxViolations) {
      violations_.push_back({now, now});
    }
  }
  empty_ = listeners == 0;
}

absl::StatusOr<ListenerWatch> ListenerWatch::Create(std::vector<os::SocketAddress> addresses) {
  ASSIGN_OR_RETURN(os::SockDiag diag, os::SockDiag::Create());
  return ListenerWatch(std::move(diag), std::move(addresses));
}

ListenerWatch::ListenerWatch(os::SockDiag diag, std::vector<os::SocketAddress> addresses)
    : diag_(std::move(diag)), addresses_(std::move(addresses)), tallies_(addresses_.size()) {}

absl::Status ListenerWatch::Look(Instant now) {
  for (size_t i = 0; i < addresses_.size(); ++i) {
    const os::SocketAddress& address = addresses_[i];
    ASSIGN_OR_RETURN(const std::vector<os::ListenerInfo> found,
                     diag_.DumpListeners(address.family(), address.port()));
    int listeners = 0, with_room = 0;
    uint64_t queued = 0;
    for (const os::ListenerInfo& listener : found) {
      if (listener.local != address) continue;
      ++listeners;
      with_room += listener.accept_queue <= listener.accept_limit ? 1 : 0;
      queued += listener.accept_queue;
    }
    tallies_[i].Look(now, listeners, with_room, queued);
  }
  return absl::OkStatus();
}

std::string ListenerWatch::JsonReport(Instant start, absl::Time wall_start) const {
  Json addresses = Json::object();
  for (size_t i = 0; i < addresses_.size(); ++i) {
    addresses[addresses_[i].ToString()] = TallyJson(tallies_[i], start);
  }
  const Json report = {{"outcome", NameOf(JudgeTallies(tallies_))},
                       {"start_unix", Seconds(wall_start - absl::UnixEpoch())},
                       {"addresses", addresses}};
  return report.dump(1) + "\n";
}

int ListenerWatch::exit_status() const { return static_cast<int>(JudgeTallies(tallies_)); }

}  // namespace rollport::load
