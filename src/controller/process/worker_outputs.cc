#include "controller/process/worker_outputs.h"

#include <tuple>
#include <utility>

#include "base/status_macros.h"

namespace rollport::controller {

absl::Status WorkerOutputs::Start() {
  ASSIGN_OR_RETURN(keeper_, PipeKeeper::Start());
  return absl::OkStatus();
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
