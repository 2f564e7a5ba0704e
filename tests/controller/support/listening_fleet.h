// A small fleet whose workers listen on one real address and never accept, with all parts that a
// view of it reads.
#ifndef ROLLPORT_TESTS_CONTROLLER_SUPPORT_LISTENING_FLEET_H_
#define ROLLPORT_TESTS_CONTROLLER_SUPPORT_LISTENING_FLEET_H_

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "controller/accounts/chronicle.h"
#include "controller/accounts/fleet_view.h"
#include "controller/traffic/traffic.h"
#include "os/socket.h"
#include "tests/controller/support/workers.h"
#include "tests/rollout/scenario.h"

namespace rollport::controller {

struct ListeningFleet {
  // Every worker of a fleet of this many slots serves; they are workers 1, 2, …
  explicit ListeningFleet(int slots) : scenario(rollout::SmallPolicy(slots)) {
    // Real durations are counted from the loop's time.
    scenario.now = loop->Now();
    scenario.Start();
    (void)traffic.Hold(releases.at(GenerationId(1)));  // a test that needs it would fail
    for (int slot = 0; slot < slots; ++slot) AddListening(slot + 1, slot);
  }
  // Adds a worker that listens, with a backlog of 16.
  void AddListening(int64_t id, int slot, int64_t generation = 1) {
    const os::UniqueFd listener = *os::Listen(address, 16);
    pages.emplace(id, AddWorker(*loop, workers, id, slot, generation, listener.get()));
  }
  FleetSources sources() {
    return {*loop, workers, releases, scenario.plan, traffic, chronicle, held};
  }

  std::unique_ptr<os::EventLoop> loop = *os::EventLoop::Create();
  // Bound, and never listening: keeps the port.
  const os::UniqueFd reserved = *os::Bind(*os::SocketAddress::Parse("127.0.0.1:0"));
  const os::SocketAddress address = *os::LocalAddress(reserved.get());
  rollout::Scenario scenario;
  WorkerTable workers;
  std::map<int64_t, protocol::MappedPage> pages;
  Releases releases = ReleasesOfSleep(2, {address});
  Traffic traffic{*loop, *os::SockDiag::Create(), workers, releases, [] {}};
  Chronicle chronicle{*loop, workers};
  HeldConnections held{traffic.diag(), workers, traffic.steerer()};
};

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_SUPPORT_LISTENING_FLEET_H_
