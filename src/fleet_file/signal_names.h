// Signals by their names in a fleet file.
#ifndef ROLLPORT_FLEET_FILE_SIGNAL_NAMES_H_
#define ROLLPORT_FLEET_FILE_SIGNAL_NAMES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollport::fleet_file {

// "TERM", "SIGTERM" or "RTMIN+3" to the number, for those signals that may ask a program to end or
// to drain. nullopt for all else, KILL and STOP among it: they leave a program no choice.
std::optional<int> SignalNumber(std::string_view name);
// Every name without "SIG", for messages.
std::vector<std::string> SignalNames();

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_SIGNAL_NAMES_H_
