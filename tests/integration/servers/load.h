// Strict load on a fleet of somebody else's servers.
#ifndef ROLLPORT_TESTS_INTEGRATION_SERVERS_LOAD_H_
#define ROLLPORT_TESTS_INTEGRATION_SERVERS_LOAD_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/integration/fleet_process.h"

namespace rollport::integration {

// A new connection for every request, on all of the fleet's addresses, until its end; then expects
// that none was lost.
class FreshConnections {
 public:
  // The fleet is borrowed.
  explicit FreshConnections(const FleetProcess& fleet, const std::string& path = "/");
  ~FreshConnections();

 private:
  const FleetProcess& fleet_;
  Program load_;
};

// The worker of that slot that serves, from `rollport status`; null where there is none.
nlohmann::json Serving(const nlohmann::json& status, int slot);

}  // namespace rollport::integration

#endif  // ROLLPORT_TESTS_INTEGRATION_SERVERS_LOAD_H_
