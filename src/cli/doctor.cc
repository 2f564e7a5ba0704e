#include "cli/doctor.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "controller/fleet_file.h"
#include "os/address.h"

namespace rollport::cli {
namespace {

constexpr int kWidth = 80;
constexpr int kIndent = 19;

const char* Name(Finding finding) {
  return finding == Finding::kGood ? "good" : finding == Finding::kNote ? "note" : "bad";
}

bool AllGood(const std::vector<CheckUp>& checks) {
  return std::none_of(checks.begin(), checks.end(),
                      [](const CheckUp& check) { return check.finding == Finding::kBad; });
}

// The ports of the fleet that the arguments name. A default file need not be there, nor be right:
// it is `check` that tells of it.
absl::StatusOr<std::vector<uint16_t>> Ports(const Arguments& arguments) {
  std::vector<uint16_t> ports;
  const auto settings = controller::LoadFleetFile(arguments.file);
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

std::string DoctorText(const std::vector<CheckUp>& checks) {
  std::string text;
  for (const CheckUp& check : checks) {
    const std::string mark = check.finding == Finding::kBad ? "BAD" : Name(check.finding);
    // The first line's indent is where the head goes.
    const std::string means = Wrap(check.means, kWidth, kIndent);
    absl::StrAppend(&text, absl::StrFormat("%-4s  %-12s ", mark, check.name),
                    means.substr(kIndent));
    if (!check.advice.empty()) {
      absl::StrAppend(&text, Wrap("what to do: " + check.advice, kWidth, kIndent));
    }
  }
  absl::StrAppend(&text, AllGood(checks) ? "all that rollport needs works here\n"
                                         : "rollport cannot keep its promises here; see BAD\n");
  return text;
}

std::string DoctorJson(const std::vector<CheckUp>& checks) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const CheckUp& check : checks) {
    list.push_back({{"name", check.name},
                    {"finding", Name(check.finding)},
                    {"means", check.means},
                    {"advice", check.advice}});
  }
  const Json json = {{"good", AllGood(checks)}, {"checks", std::move(list)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ExitStatus Doctor(const Arguments& arguments, const Console& console) {
  const auto ports = Ports(arguments);
  if (!ports.ok()) return Complain(console, kWrong, ToStd(ports.status().message()));
  const std::vector<CheckUp> checks = Examine(*ports);
  console.out << (console.json ? DoctorJson(checks) + "\n" : DoctorText(checks)) << std::flush;
  return AllGood(checks) ? kDone : kFailed;
}

}  // namespace rollport::cli
