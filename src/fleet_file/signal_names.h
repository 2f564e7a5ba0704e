// Signals by their names in a fleet file.
#ifndef ROLLPORT_FLEET_FILE_SIGNAL_NAMES_H_
#define ROLLPORT_FLEET_FILE_SIGNAL_NAMES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollport::fleet_file {

// The number of "TERM", "SIGTERM" or "RTMIN+3", if the signal can ask a process to end or to drain.
// nullopt for all other text, KILL and STOP included: they leave a process no choice.
std::optional<int> SignalNumber(std::string_view name);
// Every name without "SIG", for messages.
std::vector<std::string> SignalNames();

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_SIGNAL_NAMES_H_
