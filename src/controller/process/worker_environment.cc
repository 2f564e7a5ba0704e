#include "controller/process/worker_environment.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "controller/process/inherited_listeners.h"
#include "protocol/variables.h"

namespace rollport::controller {

std::map<std::string, std::string> ProtocolVariables(const LaunchPlace& place,
                                                     const fleet_file::WorkerSettings& settings,
                                                     SlotId slot, GenerationId generation,
                                                     const WorkerDescriptors& descriptors) {
  std::map<std::string, std::string> variables = {
      {protocol::kListen, absl::StrJoin(place.addresses, " ",
                                        [](std::string* out, const os::SocketAddress& address) {
                                          out->append(address.ToString());
                                        })},
      {protocol::kSlot, absl::StrCat(slot.value())},
      {protocol::kGeneration, absl::StrCat(generation.value())},
      {protocol::kDrainTimeout, absl::FormatDuration(place.drain_timeout)},
      {protocol::kNotifySocket, place.notify_socket},
      {protocol::kPageFd, absl::StrCat(descriptors.page)},
      {protocol::kHandoverFd, absl::StrCat(descriptors.channel)},
  };
  if (descriptors.listen_fds) {
    variables[protocol::kListenFds] = absl::StrCat(place.addresses.size());
    variables[protocol::kListenFdNames] = ListenerNames(place.addresses);
  }
  if (settings.watchdog > absl::ZeroDuration()) {
    variables[protocol::kWatchdogUsec] = absl::StrCat(absl::ToInt64Microseconds(settings.watchdog));
  }
  return variables;
}

std::vector<std::string> WorkerEnvironment(const std::map<std::string, std::string>& env,
                                           const std::map<std::string, std::string>& protocol) {
  std::map<std::string, std::string> all = protocol;
  all.insert(env.begin(), env.end());
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    const std::string name = text.substr(0, text.find('='));
    if (!protocol::IsOfProtocol(name) && all.count(name) == 0) variables.push_back(text);
  }
  for (const auto& [name, value] : all) variables.push_back(absl::StrCat(name, "=", value));
  return variables;
}

}  // namespace rollport::controller
