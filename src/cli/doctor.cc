// `rollport doctor`.
#include "doctor/doctor.h"

#include <cstdint>
#include <vector>

#include "base/strings.h"
#include "cli/commands.h"
#include "cli/doctor_text.h"
#include "fleet_file/fleet_file.h"
#include "os/address.h"

namespace rollport::cli {
namespace {

// The ports of the fleet that the arguments name. The default file may be missing or wrong: to
// report that is the work of `check`.
absl::StatusOr<std::vector<uint16_t>> Ports(const Arguments& arguments) {
  std::vector<uint16_t> ports;
  const auto settings = fleet_file::LoadFleetFile(arguments.file);
  if (!settings.ok() && arguments.file_given) return settings.status();
  if (!settings.ok()) return ports;
  for (const std::string& listen : settings->listen) {
    if (const auto address = os::SocketAddress::Parse(listen); address.ok()) {
      ports.push_back(address->port());
    }
  }
  return ports;
}

}  // namespace

ExitStatus Doctor(const Arguments& arguments, const Console& console) {
  const auto ports = Ports(arguments);
  if (!ports.ok()) return Complain(console, kWrong, ToStd(ports.status().message()));
  const std::vector<doctor::CheckUp> checks = doctor::Examine(*ports);
  console.out << (console.json ? DoctorJson(checks) + "\n" : DoctorText(checks)) << std::flush;
  return doctor::AllGood(checks) ? kDone : kFailed;
}

}  // namespace rollport::cli
