#include "controller/process/worker_outputs.h"

#include <sys/epoll.h>

#include <tuple>
#include <utility>

#include "base/status_macros.h"

namespace rollport::controller {
namespace {

constexpr absl::Duration kReplaceAgainAfter = absl::Seconds(1);

}  // namespace

WorkerOutputs::WorkerOutputs(os::EventLoop& loop)
    : loop_(loop), replace_keeper_(loop, [this] { ReplaceKeeper(); }) {}

absl::Status WorkerOutputs::Start(std::function<void()> on_keeper_lost) {
  on_keeper_lost_ = std::move(on_keeper_lost);
  return StartKeeper();
}

absl::Status WorkerOutputs::StartKeeper() {
  keeper_end_.reset();  // it watches a descriptor of the keeper's
  ASSIGN_OR_RETURN(keeper_, PipeKeeper::Start());
  keeper_since_ = loop_.Now();
  for (const auto& [worker, log] : logs_) keeper_->Keep(log.pipe());
  keeper_end_ =
      std::make_unique<os::FdWatch>(loop_, keeper_->pidfd(), [this](uint32_t) { OnKeeperEnd(); });
  return keeper_end_->Set(EPOLLIN);
}

// The watch cannot be destroyed in its own callback; until then it says the same again.
void WorkerOutputs::OnKeeperEnd() {
  if (replace_keeper_.armed()) return;
  const bool soon = loop_.Now() >= keeper_since_ + kReplaceAgainAfter;
  replace_keeper_.After(soon ? absl::ZeroDuration() : kReplaceAgainAfter);
  on_keeper_lost_();
}

void WorkerOutputs::ReplaceKeeper() {
  if (StartKeeper().ok()) return;
  // Without a keeper the fleet works on; only a crash of the controller would cost more.
  replace_keeper_.After(kReplaceAgainAfter);
}

void WorkerOutputs::Follow(const WorkerProcess& worker, const char* stream, os::UniqueFd pipe) {
  if (!pipe.valid()) return;
  keeper_->Keep(pipe.get());
  last_.try_emplace(worker.id());
  OutputLine line{.slot = worker.slot(),
                  .generation = worker.generation(),
                  .pid = worker.pid(),
                  .stream = stream};
  logs_.emplace(
      std::piecewise_construct, std::forward_as_tuple(worker.id()),
      std::forward_as_tuple(std::ref(loop_), std::move(pipe),
                            [this, line, id = worker.id()](const std::string& text) mutable {
                              line.text = text;
                              Remember(id, text);
                              on_line_(line);
                            }));
}

void WorkerOutputs::Remember(WorkerId worker, const std::string& line) {
  std::deque<std::string>& lines = last_[worker];
  if (lines.size() == kLastLines) lines.pop_front();
  lines.push_back(line.size() <= kLastLineBytes ? line : line.substr(0, kLastLineBytes) + "...");
}

std::optional<std::vector<std::string>> WorkerOutputs::LastLines(WorkerId worker) const {
  const auto it = last_.find(worker);
  if (it == last_.end()) return std::nullopt;
  return std::vector<std::string>(it->second.begin(), it->second.end());
}

void WorkerOutputs::Forget(WorkerId worker) {
  EndReading(worker);
  last_.erase(worker);
}

}  // namespace rollport::controller
