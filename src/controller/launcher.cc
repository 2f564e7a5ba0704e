#include "controller/launcher.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollport::controller {
namespace {

// The first number after stdin, stdout and stderr.
constexpr int kPageNumber = 3;

std::vector<std::string> Environment(const LaunchPlace& place, const Generation& generation,
                                     SlotId slot) {
  const std::map<std::string, std::string> protocol = {
      {"ROLLPORT_LISTEN", place.listen},
      {"ROLLPORT_SLOT", absl::StrCat(slot.value())},
      {"ROLLPORT_GENERATION", absl::StrCat(generation.id().value())},
      {"ROLLPORT_DRAIN_TIMEOUT", absl::FormatDuration(place.drain_timeout)},
      {"NOTIFY_SOCKET", place.notify_socket},
      {metrics::kWorkerPageEnv, absl::StrCat(kPageNumber)},
  };
  return WorkerEnvironment(generation.env(), protocol);
}

}  // namespace

absl::StatusOr<std::unique_ptr<WorkerProcess>> Launch(os::EventLoop& loop, const LaunchPlace& place,
                                                      const Generation& generation, WorkerId id,
                                                      SlotId slot,
                                                      std::function<void(os::ExitStatus)> on_exit) {
  ASSIGN_OR_RETURN(const os::UniqueFd page_fd, metrics::MappedPage::CreateFd());
  ASSIGN_OR_RETURN(metrics::MappedPage page, metrics::MappedPage::Map(page_fd.get()));
  const Generation::Program program = generation.ToExecute();
  const os::LaunchSpec spec{
      .path = program.path,
      .executable_fd = program.fd,
      .argv = generation.command(),
      .environment = Environment(place, generation, slot),
      .directory = generation.directory(),
      .inherited = {{page_fd.get(), kPageNumber}},
      // Apart from ours, so that Ctrl-C in a terminal is the controller's alone.
      .new_process_group = true,
  };
  ASSIGN_OR_RETURN(os::Child child, os::Child::Launch(spec));
  return std::make_unique<WorkerProcess>(loop, id, slot, generation.id(), std::move(child),
                                         std::move(page), std::move(on_exit));
}

}  // namespace rollport::controller
