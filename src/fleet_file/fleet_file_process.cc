// The part of [worker] about a worker's process: its user, what it may use, and where its output
// goes.
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/strings.h"
#include "fleet_file/byte_size.h"
#include "fleet_file/cpu_list.h"
#include "fleet_file/executable.h"
#include "fleet_file/fleet_file_worker.h"
#include "fleet_file/output_path.h"
#include "fleet_file/suggest.h"
#include "os/capabilities.h"
#include "os/process_settings.h"

namespace rollport::fleet_file {
namespace {

// What a controller needs to run, watch and stop processes of another user. CAP_SYS_PTRACE is for
// pidfd_getfd(2) and /proc/PID/fd, without which nothing could be steered.
bool MayRunAsOthers() {
  return os::HasCapability(CAP_SETUID) && os::HasCapability(CAP_SETGID) &&
         os::HasCapability(CAP_KILL) && os::HasCapability(CAP_SYS_PTRACE);
}

void ReadUser(TomlTable& worker, WorkerSettings* out) {
  std::string user, group;
  const uint32_t user_line = worker.String("user", &user);
  const uint32_t group_line = worker.String("group", &group);
  if (user_line == 0 && group_line == 0) return;
  os::Credentials who = os::OurCredentials();
  const os::Credentials ours = who;
  if (user_line != 0) {
    auto found = os::LookUpUser(user);
    if (!found.ok()) return worker.Wrong(user_line, "user", ToStd(found.status().message()));
    who = found->credentials;
    // As login(1) would set them; if the file sets them too, the file wins.
    out->env.try_emplace("HOME", found->home);
    out->env.try_emplace("USER", found->name);
    out->env.try_emplace("LOGNAME", found->name);
  }
  if (group_line != 0) {
    const auto found = os::LookUpGroup(group);
    if (!found.ok()) return worker.Wrong(group_line, "group", ToStd(found.status().message()));
    who.gid = *found;
  }
  if (who.uid == ours.uid && who.gid == ours.gid && ours.uid != 0) return;
  if (!MayRunAsOthers()) {
    return worker.Wrong(user_line != 0 ? user_line : group_line, user_line != 0 ? "user" : "group",
                        "running workers as another user needs root, or the capabilities SETUID, "
                        "SETGID, KILL and SYS_PTRACE");
  }
  out->process.credentials = std::move(who);
}

void ReadCapabilities(TomlTable& worker, WorkerSettings* out) {
  std::vector<std::string> names;
  std::vector<uint32_t> lines;
  const uint32_t line = worker.Strings("capabilities", &names, &lines);
  if (line == 0) return;
  const auto& who = out->process.credentials;
  if ((who.has_value() ? who->uid : geteuid()) == 0) {
    return worker.Wrong(line, "capabilities", "root has them all; give the workers a \"user\"");
  }
  std::vector<int> numbers;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::optional<int> number = os::CapabilityNumber(names[i]);
    if (!number.has_value()) {
      worker.Wrong(lines[i], "capabilities",
                   absl::StrCat("\"", names[i], "\" is not a capability",
                                DidYouMean(names[i], os::CapabilityNames())));
    } else if (!os::HasCapability(*number)) {
      worker.Wrong(lines[i], "capabilities",
                   absl::StrCat("this process does not have ", names[i], " to give"));
    } else {
      numbers.push_back(*number);
    }
  }
  out->process.ambient = std::move(numbers);
}

void ReadUmask(TomlTable& worker, WorkerSettings* out) {
  std::string text;
  const uint32_t line = worker.String("umask", &text);
  if (line == 0) return;
  mode_t mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 0777) {
    return worker.Wrong(line, "umask",
                        absl::StrCat("\"", text, "\" is not an octal number like \"0027\""));
  }
  out->process.umask = mode;
}

struct Limit {
  const char* key;
  int resource;
  bool bytes;
  uint64_t least;
};

void ReadLimit(TomlTable& limits, const Limit& limit, WorkerSettings* out) {
  const toml::node* node = limits.Node(limit.key);
  if (node == nullptr) return;
  const uint32_t line = TomlTable::Line(*node);
  std::optional<uint64_t> value;
  if (node->is_integer() && **node->as_integer() >= 0) {
    value = static_cast<uint64_t>(**node->as_integer());
  } else if (node->is_string() && (limit.bytes || **node->as_string() == "unlimited")) {
    value = ParseByteSize(**node->as_string());
  }
  if (!value.has_value()) {
    return limits.Wrong(line, limit.key,
                        limit.bytes ? "expected bytes, a size like \"512MiB\", or \"unlimited\""
                                    : "expected a whole number or \"unlimited\"");
  }
  if (*value < limit.least) {
    return limits.Wrong(line, limit.key, absl::StrCat("is less than ", limit.least));
  }
  rlimit ours{};
  getrlimit(static_cast<__rlimit_resource>(limit.resource), &ours);
  if (*value > ours.rlim_max && !os::HasCapability(CAP_SYS_RESOURCE)) {
    return limits.Wrong(
        line, limit.key,
        absl::StrCat("is more than this process may set; its own hard limit is ", ours.rlim_max));
  }
  out->process.limits.push_back({limit.resource, *value});
}

void ReadLimits(TomlTable& worker, WorkerSettings* out) {
  TomlTable limits = worker.Table("limits");
  ReadLimit(limits, {"nofile", RLIMIT_NOFILE, false, 16}, out);
  ReadLimit(limits, {"core", RLIMIT_CORE, true, 0}, out);
  ReadLimit(limits, {"memory", RLIMIT_DATA, true, 1 << 20}, out);
  limits.RefuseOthers();
}

void ReadWorkingDir(TomlTable& worker, const std::string& directory, WorkerSettings* out) {
  std::string path;
  const uint32_t line = worker.String("working_dir", &path);
  if (line == 0) return;
  path = PathIn(directory, path);
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return worker.Wrong(line, "working_dir", absl::StrCat("there is no folder ", path));
  }
  out->working_dir = std::move(path);
}

// "slot": one CPU for each slot. Or a list of CPU lists: slot s takes the s-th, and slots beyond
// the last begin again at the first.
void ReadCpuAffinity(TomlTable& worker, WorkerSettings* out) {
  const toml::node* node = worker.Node("cpu_affinity");
  if (node == nullptr) return;
  const std::vector<int> allowed = AllowedCpus();
  if (node->is_string()) {
    if (**node->as_string() != "slot") {
      return worker.Wrong(TomlTable::Line(*node), "cpu_affinity",
                          absl::StrCat("\"", **node->as_string(),
                                       "\" is not \"slot\" or a list like [\"0-1\", \"2-3\"]"));
    }
    for (const int cpu : allowed) out->cpus.push_back({cpu});
    return;
  }
  std::vector<std::string> texts;
  std::vector<uint32_t> lines;
  const uint32_t line = worker.Strings("cpu_affinity", &texts, &lines);
  if (line != 0 && texts.empty()) worker.Wrong(line, "cpu_affinity", "the list is empty");
  for (size_t i = 0; i < texts.size(); ++i) {
    auto cpus = ParseCpuList(texts[i], allowed);
    if (!cpus.ok()) {
      worker.Wrong(lines[i], "cpu_affinity", ToStd(cpus.status().message()));
      continue;
    }
    out->cpus.push_back(*std::move(cpus));
  }
}

void ReadOutput(TomlTable& worker, std::string_view key, const std::string& directory,
                Output* out) {
  std::string text = "log";
  const uint32_t line = worker.String(key, &text);
  if (text == "log") return;
  if (text == "null") {
    out->kind = Output::Kind::kNull;
    return;
  }
  const auto name = OutputPath(text, SlotId(0), GenerationId(1));
  if (!name.ok()) return worker.Wrong(line, key, ToStd(name.status().message()));
  const auto folder = std::filesystem::path(PathIn(directory, *name)).parent_path();
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return worker.Wrong(line, key, absl::StrCat("there is no folder ", folder.string()));
  }
  const std::string plain = absl::StrReplaceAll(directory, {{"%", "%%"}});
  *out = {Output::Kind::kFile, PathIn(plain, text)};
}

}  // namespace

void ReadProcess(TomlTable& worker, const std::string& directory, WorkerSettings* out) {
  ReadUser(worker, out);
  ReadCapabilities(worker, out);
  ReadUmask(worker, out);
  ReadLimits(worker, out);
  ReadWorkingDir(worker, directory, out);
  ReadCpuAffinity(worker, out);
  ReadOutput(worker, "stdout", directory, &out->out);
  ReadOutput(worker, "stderr", directory, &out->err);
}

}  // namespace rollport::fleet_file
