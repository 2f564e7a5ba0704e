// Who listens on a fleet's addresses, before there is anything that steers them.
#ifndef ROLLPORT_CONTROLLER_RECORD_FLEET_LISTENERS_H_
#define ROLLPORT_CONTROLLER_RECORD_FLEET_LISTENERS_H_

#include <cstdint>
#include <set>
#include <string>

namespace rollport::controller {

// The inodes of the listeners on these addresses ("127.0.0.1:8080"), of whatever process. What
// cannot be read, or is no address, is left out.
std::set<uint64_t> ListenersOn(const std::set<std::string>& addresses);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RECORD_FLEET_LISTENERS_H_
