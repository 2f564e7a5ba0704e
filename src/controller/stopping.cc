// A person who does not want to wait for a fleet that stops.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "controller/controller.h"

namespace rollport::controller {
namespace {

constexpr size_t kMostNamed = 8;

// "slot 0 (process 4711, draining, 3 connections)"
std::string Describe(const api::WorkerStatus& worker) {
  std::string text =
      absl::StrCat("slot ", worker.slot, " (process ", worker.pid, ", ", worker.state);
  if (worker.connections.has_value()) {
    absl::StrAppend(&text, ", ", *worker.connections,
                    *worker.connections == 1 ? " connection" : " connections");
  }
  return absl::StrCat(text, ")");
}

std::string WhoIsLeft(const std::vector<api::WorkerStatus>& workers) {
  std::vector<std::string> names;
  for (const api::WorkerStatus& worker : workers) {
    if (names.size() == kMostNamed) break;
    names.push_back(Describe(worker));
  }
  std::string text = absl::StrCat(
      workers.size(), workers.size() == 1 ? " worker: " : " workers: ", absl::StrJoin(names, ", "));
  if (workers.size() > names.size()) {
    absl::StrAppend(&text, " and ", workers.size() - names.size(), " more");
  }
  return text;
}

}  // namespace

void Controller::HurryStop() {
  const std::string left = WhoIsLeft(Status().workers);
  if (std::exchange(hurried_, true)) {
    accounts_.chronicle().Tell(api::event_kind::kStopForced, absl::StrCat("killed ", left));
    return runner_.Post(rollout::ForceRequested{});
  }
  Instant last;
  for (const auto& [id, worker] : runner_.fleet().workers) {
    if (!worker.deadline.is_never()) last = std::max(last, worker.deadline);
  }
  const absl::Duration most = std::max(last - loop_.Now(), absl::ZeroDuration());
  accounts_.chronicle().Tell(
      api::event_kind::kStopAwaited,
      absl::StrCat("the stop waits for ", left, ", ", absl::ToInt64Seconds(most),
                   " s at most (roll.drain_timeout); Ctrl-C once more kills what is left"));
}

}  // namespace rollport::controller
