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
  OutputLine line{.slot = worker.slot(),
                  .generation = worker.generation(),
                  .pid = worker.pid(),
                  .stream = stream};
  logs_.emplace(std::piecewise_construct, std::forward_as_tuple(worker.id()),
                std::forward_as_tuple(std::ref(loop_), std::move(pipe),
                                      [this, line](const std::string& text) mutable {
                                        line.text = text;
                                        on_line_(line);
                                      }));
}

}  // namespace rollport::controller
