#include "fleet_file/fleet_file.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "fleet_file/executable.h"
#include "fleet_file/fleet_file_roll.h"
#include "fleet_file/fleet_file_worker.h"
#include "fleet_file/state_paths.h"
#include "fleet_file/toml_table.h"
#include "http/chars.h"
#include "http/host.h"
#include "os/address.h"
#include "os/file.h"

namespace rollport::fleet_file {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxNameBytes = 64;
// sun_path of unix(7), with its NUL.
constexpr size_t kMaxSocketPath = 107;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  absl::StatusOr<std::string> text =
      os::ReadFile(path, {.max_bytes = kMaxFileBytes, .regular_only = true});
  if (text.ok()) return text;
  // An error that concerns the whole file has no line of its own: it names the first.
  return absl::InvalidArgumentError(absl::StrCat(
      path, ":1: cannot read the file: ", os::WithoutPath(text.status(), path).message()));
}

absl::StatusOr<toml::table> ParseToml(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  // As Debian builds toml++, it throws; no other call does.
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    Mistakes mistakes(path);
    mistakes.Add(error.source().begin.line, std::string(error.description()));
    return mistakes.ToStatus();
  }
}

bool MayStandInName(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

int CpusOfThisProcess() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) {
    return std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
  }
  return std::min(CPU_COUNT(&set), kMaxWorkers);
}

// "shop-fleet" for /srv/shop/fleet.toml: with the folder's name, because most fleet files have the
// same one. What no name may contain becomes "-".
std::string DefaultName(const std::filesystem::path& file) {
  const std::string folder = file.parent_path().filename().string();
  std::string name = absl::StrCat(folder, folder.empty() ? "" : "-", file.stem().string());
  for (char& c : name) {
    if (!MayStandInName(c)) c = '-';
  }
  // Of a long name the end is kept, which has the file's own.
  name.erase(0, name.size() - std::min(name.size(), kMaxNameBytes));
  name.erase(0, name.find_first_not_of('.'));
  return name.empty() ? "fleet" : name;
}

// Sets file, directory, name and state_dir.
void ReadPlace(TomlTable& root, const std::string& path, FleetSettings* out) {
  out->file = std::filesystem::absolute(path).lexically_normal().string();
  out->directory = std::filesystem::path(out->file).parent_path().string();
  out->name = DefaultName(out->file);
  const uint32_t name_line = root.String("name", &out->name);
  const bool good = std::all_of(out->name.begin(), out->name.end(), MayStandInName);
  if (!good || out->name.empty() || out->name.size() > kMaxNameBytes || out->name[0] == '.') {
    root.Wrong(name_line, "name",
               absl::StrCat("\"", out->name,
                            "\" is not 1 to 64 letters, digits, \"-\", \"_\" or \".\", or it "
                            "begins with \".\""));
  }
  const uint32_t line = root.String("state_dir", &out->state_dir);
  if (line != 0 && out->state_dir.empty()) root.Wrong(line, "state_dir", "is empty");
  out->state_dir = line != 0 ? PathIn(out->directory, out->state_dir) : DefaultStateDir(out->name);
  if (ControlSocketPath(out->state_dir).size() > kMaxSocketPath) {
    root.Wrong(line, "state_dir",
               absl::StrCat(out->state_dir, " is too long for a Unix socket's path"));
  }
}

// The address as os::SocketAddress writes it, or nullopt and a mistake.
std::optional<std::string> ReadAddress(TomlTable& table, std::string_view key, uint32_t line,
                                       const std::string& text) {
  const absl::StatusOr<os::SocketAddress> address = os::SocketAddress::Parse(text);
  if (!address.ok()) {
    table.Wrong(line, key, ToStd(address.status().message()));
    return std::nullopt;
  }
  if (address->port() == 0) {
    table.Wrong(line, key,
                absl::StrCat("port out of range in \"", text, "\": it is between 1 and 65535"));
    return std::nullopt;
  }
  return address->ToString();
}

void ReadListen(TomlTable& root, FleetSettings* out) {
  std::vector<std::string> texts;
  std::vector<uint32_t> lines;
  const uint32_t line = root.Strings("listen", &texts, &lines);
  if (root.Node("listen") == nullptr) return root.Missing("listen");
  if (line != 0 && texts.empty()) root.Wrong(line, "listen", "the list is empty");
  std::set<std::string> seen;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto address = ReadAddress(root, "listen", lines[i], texts[i]);
    if (!address.has_value()) continue;
    if (!seen.insert(*address).second) {
      root.Wrong(lines[i], "listen", absl::StrCat("\"", *address, "\" is listed twice"));
    }
    out->listen.push_back(*address);
  }
}

void ReadAdmin(TomlTable& root, FleetSettings* out) {
  out->admin = "127.0.0.1:9180";
  const uint32_t line = root.String("admin", &out->admin);
  if (out->admin.empty()) return;
  out->admin = ReadAddress(root, "admin", line, out->admin).value_or("");
  if (std::find(out->listen.begin(), out->listen.end(), out->admin) != out->listen.end()) {
    root.Wrong(line, "admin", absl::StrCat("\"", out->admin, "\" is also in \"listen\""));
  }
}

// A name of DNS or an IP address, as it stands in a Host field, but for its port.
bool IsHost(const std::string& text) {
  if (http::IsIpv6Address(text)) return true;
  const bool port = !text.empty() && text.find(':', text.rfind(']') + 1) != std::string::npos;
  return !port && http::IsHostAndPort(text);
}

void ReadAdminHosts(TomlTable& root, FleetSettings* out) {
  std::vector<uint32_t> lines;
  root.Strings("admin_hosts", &out->admin_hosts, &lines);
  for (size_t i = 0; i < out->admin_hosts.size(); ++i) {
    const std::string& host = out->admin_hosts[i];
    if (IsHost(host)) continue;
    root.Wrong(lines[i], "admin_hosts",
               absl::StrCat("\"", host, "\" is not a name or an IP address without a port"));
  }
}

void ReadWorkers(TomlTable& root, FleetSettings* out) {
  out->workers = CpusOfThisProcess();
  const toml::node* node = root.Node("workers");
  if (node == nullptr) return;
  if (node->is_integer()) {
    root.Int("workers", 1, kMaxWorkers, &out->workers);
  } else if (!node->is_string()) {
    root.Wrong(TomlTable::Line(*node), "workers",
               TomlTable::Expected("a whole number or \"cpus\"", *node));
  } else if (**node->as_string() != "cpus") {
    root.Wrong(TomlTable::Line(*node), "workers",
               absl::StrCat("\"", **node->as_string(), "\" is not a whole number or \"cpus\""));
  }
}

// Between the file's own values, so only if these are good.
void CheckMembers(TomlTable& root, const Mistakes& mistakes, const FleetSettings& settings) {
  const int surge = settings.roll.surge;
  if (!mistakes.empty() || MostMembers(settings.workers, surge) <= kMaxMembers) return;
  const toml::node* node = root.Node("workers");
  root.Wrong(node != nullptr ? TomlTable::Line(*node) : 0, "workers",
             absl::StrCat(settings.workers, " and up to ", surge,
                          " replacements (roll.surge) are more than the ", kMaxMembers,
                          " listeners of one address that can be steered"));
}

void ReadHealth(TomlTable health, HealthSettings* out) {
  const uint32_t line = health.String("path", &out->path);
  if (!out->path.empty() && (out->path[0] != '/' || !http::AllAre(http::kTargetChar, out->path))) {
    health.Wrong(
        line, "path",
        absl::StrCat("\"", out->path, "\" is not a request target that begins with \"/\""));
  }
  health.Duration("interval", absl::Milliseconds(1), &out->interval);
  health.Duration("steady_interval", absl::Milliseconds(1), &out->steady_interval);
  health.Duration("timeout", absl::Milliseconds(1), &out->timeout);
  health.Int("healthy_after", 1, 1000, &out->healthy_after);
  health.Int("unhealthy_after", 1, 1000, &out->unhealthy_after);
  health.RefuseOthers();
}

}  // namespace

absl::StatusOr<FleetSettings> LoadFleetFile(const std::string& path) {
  ASSIGN_OR_RETURN(const toml::table document, ParseToml(path));
  Mistakes mistakes(path);
  TomlTable root(document, "", mistakes);
  FleetSettings settings;
  ReadPlace(root, path, &settings);
  ReadListen(root, &settings);
  ReadWorkers(root, &settings);
  ReadAdmin(root, &settings);
  ReadAdminHosts(root, &settings);
  ReadWorker(root.Table("worker"), settings.directory, settings.listen.size(), &settings.worker);
  settings.health.steady_interval = SteadyInterval(settings.workers);
  ReadHealth(root.Table("health"), &settings.health);
  ReadRoll(root.Table("roll"), mistakes, &settings.roll);
  root.RefuseOthers();
  CheckMembers(root, mistakes, settings);
  RETURN_IF_ERROR(mistakes.ToStatus());
  return settings;
}

absl::StatusOr<FleetPlace> LocateFleet(const std::string& path) {
  ASSIGN_OR_RETURN(const toml::table document, ParseToml(path));
  Mistakes mistakes(path);
  TomlTable root(document, "", mistakes);
  FleetSettings settings;
  ReadPlace(root, path, &settings);
  RETURN_IF_ERROR(mistakes.ToStatus());
  return FleetPlace{FleetFileIdOf(settings.file), settings.name, settings.state_dir};
}

}  // namespace rollport::fleet_file
