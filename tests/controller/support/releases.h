// The releases of a fleet that a test needs no fleet file for.
#ifndef ROLLPORT_TESTS_CONTROLLER_SUPPORT_RELEASES_H_
#define ROLLPORT_TESTS_CONTROLLER_SUPPORT_RELEASES_H_

#include <map>
#include <utility>
#include <vector>

#include "controller/process/releases.h"
#include "os/address.h"

namespace rollport::controller {

// One release of /bin/true for each entry: generation 1, 2, … listens on these addresses.
inline Releases MakeReleases(const std::vector<std::vector<os::SocketAddress>>& listen,
                             fleet_file::Ready ready = fleet_file::Ready::kNotify) {
  std::map<GenerationId, Release> kept;
  for (size_t i = 0; i < listen.size(); ++i) {
    const GenerationId id(static_cast<int64_t>(i) + 1);
    Release release{.generation = *Generation::Take(id, {"/bin/true"}, {}, "/"),
                    .listen = listen[i]};
    release.settings.ready = ready;
    kept.emplace(id, std::move(release));
  }
  const GenerationId last(static_cast<int64_t>(listen.size()));
  return Releases(fleet_file::FleetSettings(), std::move(kept), last);
}

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_SUPPORT_RELEASES_H_
