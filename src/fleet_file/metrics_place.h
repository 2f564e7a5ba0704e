// Where a worker's own metrics are, from worker.metrics of a fleet file.
#ifndef ROLLPORT_FLEET_FILE_METRICS_PLACE_H_
#define ROLLPORT_FLEET_FILE_METRICS_PLACE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "os/address.h"

namespace rollport::fleet_file {

struct MetricsPlace {
  // nullopt: the fleet's own port, where the worker is addressed as by a probe.
  std::optional<os::SocketAddress> address;
  std::string path;
};
// `text` is worker.metrics: "/PATH", "http://ADDRESS:{port}/PATH" (the same thing), or
// "http://ADDRESS:PORT/PATH" with {slot} somewhere in it, so that each worker has a place of its
// own. kInvalidArgument for anything else.
absl::StatusOr<MetricsPlace> ResolveMetrics(std::string_view text, int slot);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_METRICS_PLACE_H_
