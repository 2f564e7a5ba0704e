// Workers for tests of the parts of a controller: real processes that sleep, and pages in which the
// test counts in place of the worker.
#ifndef ROLLPORT_TESTS_CONTROLLER_SUPPORT_WORKERS_H_
#define ROLLPORT_TESTS_CONTROLLER_SUPPORT_WORKERS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/strong_int.h"
#include "controller/process/releases.h"
#include "controller/process/worker_table.h"
#include "os/child.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "protocol/mapped_page.h"

namespace rollport::controller {

// Runs until it is killed. `inherited`, if not -1, is its descriptor 3.
inline os::Child LaunchSleeper(int inherited = -1, std::vector<std::string> environment = {}) {
  os::LaunchSpec spec{.path = "/bin/sleep",
                      .argv = {"sleep", "1000"},
                      .environment = std::move(environment),
                      .new_process_group = true};
  if (inherited >= 0) spec.inherited = {{inherited, 3}};
  return *os::Child::Launch(spec);
}

// Adds a worker that sleeps to the table, which kills it when it forgets it. Returns its page, in
// use already.
inline protocol::MappedPage AddWorker(
    os::EventLoop& loop, WorkerTable& workers, int64_t id, int slot, int64_t generation = 1,
    int inherited = -1, std::function<void(os::ExitStatus)> on_exit = [](os::ExitStatus) {}) {
  const os::UniqueFd fd = *protocol::MappedPage::CreateFd();
  protocol::MappedPage page = *protocol::MappedPage::Map(fd.get());
  page.Begin();
  workers.Add(std::make_unique<WorkerProcess>(
      loop, WorkerId(id), SlotId(slot), GenerationId(generation), LaunchSleeper(inherited),
      *protocol::MappedPage::Map(fd.get()), os::UniqueFd(), std::move(on_exit)));
  return page;
}

// What generations 1 to `generations` of /bin/sleep make, listening on `listen`.
inline Releases ReleasesOfSleep(int generations, const std::vector<os::SocketAddress>& listen = {},
                                fleet_file::FleetSettings settings = {.name = "site"}) {
  std::map<GenerationId, Release> kept;
  for (int number = 1; number <= generations; ++number) {
    const GenerationId id(number);
    kept.emplace(id, Release{.generation = *Generation::Take(id, {"/bin/sleep", "1000"}, {}, "/"),
                             .settings = {.command = {"/bin/sleep", "1000"}},
                             .listen = listen,
                             .taken = absl::FromUnixSeconds(1'700'000'000 + number)});
  }
  return Releases(std::move(settings), std::move(kept), GenerationId(generations));
}

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_SUPPORT_WORKERS_H_
