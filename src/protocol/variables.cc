#include "protocol/variables.h"

namespace rollport::protocol {

bool IsOfProtocol(std::string_view name) {
  return name.starts_with("ROLLPORT_") || name.starts_with("LISTEN_") ||
         name.starts_with("WATCHDOG_") || name == kNotifySocket;
}

}  // namespace rollport::protocol
