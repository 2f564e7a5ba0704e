#include "os/proc.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "os/errno_status.h"
#include "os/file.h"

namespace rollport::os {
namespace {

// The entries of a folder whose names are numbers, in ascending order.
absl::StatusOr<std::vector<int>> Numbers(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(path.c_str()), closedir);
  if (dir == nullptr) return ErrnoStatus(errno, "opendir " + path);
  std::vector<int> numbers;
  while (const dirent* entry = readdir(dir.get())) {
    int number;
    if (absl::SimpleAtoi(entry->d_name, &number)) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::string Path(pid_t pid, const char* file) { return absl::StrCat("/proc/", pid, "/", file); }

// The fields of /proc/PID/stat from the third, "state", on. The second, the name, is in parentheses
// and may itself contain blanks and parentheses.
absl::StatusOr<std::vector<std::string>> StatFields(pid_t pid) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(Path(pid, "stat")));
  const size_t end = text.rfind(") ");
  if (end == text.npos) return absl::InternalError("cannot read " + Path(pid, "stat"));
  return absl::StrSplit(text.substr(end + 2), ' ');
}

// `number` counts from 1, as in proc_pid_stat(5).
template <typename Integer>
absl::StatusOr<Integer> StatField(pid_t pid, size_t number) {
  ASSIGN_OR_RETURN(const std::vector<std::string> fields, StatFields(pid));
  Integer value;
  if (fields.size() <= number - 3 || !absl::SimpleAtoi(fields[number - 3], &value)) {
    return absl::InternalError("cannot read " + Path(pid, "stat"));
  }
  return value;
}

// For kernels without CONFIG_PROC_CHILDREN.
std::vector<pid_t> ChildrenBySearch(pid_t parent) {
  std::vector<pid_t> children;
  for (const pid_t pid : Numbers("/proc").value_or(std::vector<int>())) {
    const auto ppid = StatField<pid_t>(pid, 4);
    if (ppid.ok() && *ppid == parent) children.push_back(pid);
  }
  return children;
}

std::vector<pid_t> Children(pid_t parent) {
  std::vector<pid_t> children;
  const std::string tasks = Path(parent, "task");
  for (const int task : Numbers(tasks).value_or(std::vector<int>())) {
    const auto text = ReadFile(absl::StrCat(tasks, "/", task, "/children"));
    if (!text.ok()) {
      if (access("/proc/self/task", F_OK) == 0 &&
          access(absl::StrCat("/proc/self/task/", getpid(), "/children").c_str(), F_OK) != 0) {
        return ChildrenBySearch(parent);
      }
      continue;
    }
    for (const absl::string_view word : absl::StrSplit(*text, ' ', absl::SkipWhitespace())) {
      pid_t pid;
      if (absl::SimpleAtoi(word, &pid)) children.push_back(pid);
    }
  }
  return children;
}

std::optional<uint64_t> InodeOf(const std::string& link) {
  char target[64];
  const ssize_t n = readlink(link.c_str(), target, sizeof target);
  if (n <= 0) return std::nullopt;
  absl::string_view text(target, static_cast<size_t>(n));
  uint64_t inode;
  if (!absl::ConsumePrefix(&text, "socket:[") || !absl::ConsumeSuffix(&text, "]") ||
      !absl::SimpleAtoi(text, &inode)) {
    return std::nullopt;
  }
  return inode;
}

}  // namespace

std::vector<pid_t> WithAncestors(pid_t pid) {
  std::vector<pid_t> all;
  while (pid > 1 && std::ranges::find(all, pid) == all.end()) {
    all.push_back(pid);
    pid = ParentPid(pid).value_or(0);
  }
  return all;
}

std::vector<pid_t> DescendantPids(pid_t pid) {
  std::vector<pid_t> found = Children(pid);
  for (size_t i = 0; i < found.size(); ++i) {
    for (const pid_t child : Children(found[i])) {
      // A process that gets a new parent meanwhile might be found twice.
      if (std::ranges::find(found, child) == found.end()) found.push_back(child);
    }
  }
  return found;
}

absl::StatusOr<std::vector<ProcessSocket>> Sockets(pid_t pid) {
  const std::string folder = Path(pid, "fd");
  ASSIGN_OR_RETURN(const std::vector<int> numbers, Numbers(folder));
  std::vector<ProcessSocket> sockets;
  for (const int fd : numbers) {
    if (const auto inode = InodeOf(absl::StrCat(folder, "/", fd))) sockets.push_back({fd, *inode});
  }
  return sockets;
}

absl::StatusOr<std::optional<int>> FindSocketFd(pid_t pid, uint64_t inode) {
  ASSIGN_OR_RETURN(const std::vector<ProcessSocket> sockets, Sockets(pid));
  for (const ProcessSocket& s : sockets) {
    if (s.inode == inode) return s.fd;
  }
  return std::nullopt;
}

std::vector<pid_t> SocketHolders(uint64_t inode) {
  std::vector<pid_t> holders;
  for (const pid_t pid : Numbers("/proc").value_or(std::vector<int>())) {
    const auto fd = FindSocketFd(pid, inode);
    if (fd.ok() && fd->has_value()) holders.push_back(pid);
  }
  return holders;
}

absl::StatusOr<char> StateOf(pid_t pid) {
  ASSIGN_OR_RETURN(const std::vector<std::string> fields, StatFields(pid));
  if (fields[0].size() != 1) return absl::InternalError("cannot read " + Path(pid, "stat"));
  return fields[0][0];
}

absl::StatusOr<pid_t> ParentPid(pid_t pid) { return StatField<pid_t>(pid, 4); }

absl::StatusOr<uint64_t> StartTime(pid_t pid) { return StatField<uint64_t>(pid, 22); }

absl::StatusOr<int64_t> ResidentBytes(pid_t pid) {
  ASSIGN_OR_RETURN(const int64_t pages, StatField<int64_t>(pid, 24));
  return pages * sysconf(_SC_PAGESIZE);
}

absl::StatusOr<uid_t> UserOf(pid_t pid) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(Path(pid, "status")));
  // "Uid:", then the real, the effective and two more, separated by tabs.
  const size_t line = text.find("\nUid:\t");
  const std::vector<std::string> ids =
      absl::StrSplit(line == text.npos ? "" : text.substr(line + 6), absl::MaxSplits('\t', 2));
  uid_t uid;
  if (ids.size() < 2 || !absl::SimpleAtoi(ids[1], &uid)) {
    return absl::InternalError("cannot read " + Path(pid, "status"));
  }
  return uid;
}

absl::StatusOr<std::vector<int>> DescriptorsNamed(pid_t pid, const std::string& name) {
  const std::string folder = Path(pid, "fd");
  ASSIGN_OR_RETURN(std::vector<int> numbers, Numbers(folder));
  std::erase_if(numbers, [&](int number) {
    char target[256];
    const ssize_t n = readlink(absl::StrCat(folder, "/", number).c_str(), target, sizeof target);
    return n < 0 || std::string_view(target, static_cast<size_t>(n)) != name;
  });
  return numbers;
}

absl::StatusOr<std::optional<std::string>> VariableOf(pid_t pid, const std::string& name) {
  ASSIGN_OR_RETURN(const std::string all, ReadFile(Path(pid, "environ")));
  for (absl::string_view variable : absl::StrSplit(all, '\0')) {
    if (absl::ConsumePrefix(&variable, absl::StrCat(name, "="))) return std::string(variable);
  }
  return std::nullopt;
}

absl::StatusOr<bool> HasVariable(pid_t pid, const std::string& variable) {
  ASSIGN_OR_RETURN(const std::string all, ReadFile(Path(pid, "environ")));
  const std::vector<absl::string_view> variables = absl::StrSplit(all, '\0');
  return std::ranges::find(variables, variable) != variables.end();
}

std::vector<pid_t> ProcessesWithVariable(const std::string& variable) {
  std::vector<pid_t> found;
  for (const pid_t pid : Numbers("/proc").value_or(std::vector<int>())) {
    if (HasVariable(pid, variable).value_or(false)) found.push_back(pid);
  }
  return found;
}

std::string BootId() {
  const absl::StatusOr<std::string> text = ReadFile("/proc/sys/kernel/random/boot_id");
  return text.ok() ? std::string(absl::StripAsciiWhitespace(*text)) : "";
}

absl::StatusOr<std::string> Comm(pid_t pid) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(Path(pid, "comm")));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace rollport::os
