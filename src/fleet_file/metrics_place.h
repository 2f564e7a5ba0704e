// Where a worker's own metrics are, from worker.metrics of a fleet file.
#ifndef ROLLPORT_FLEET_FILE_METRICS_PLACE_H_
#define ROLLPORT_FLEET_FILE_METRICS_PLACE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "os/address.h"

namespace rollport::fleet_file {

// Where a worker's own metrics are.
struct MetricsPlace {
  // Nullopt: behind the fleet's own port, addressed to the worker as probes are.
  std::optional<os::SocketAddress> address;
  std::string path;
};
// Of worker.metrics: "/PATH", "http://ADDRESS:{port}/PATH" (the same thing), or
// "http://ADDRESS:PORT/PATH" with {slot} somewhere in it, so that workers can be told apart.
absl::StatusOr<MetricsPlace> ResolveMetrics(std::string_view text, int slot);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_METRICS_PLACE_H_
