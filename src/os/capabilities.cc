#include "os/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "os/errno_status.h"

namespace rollport::os {
namespace {

// The sets of 64 bits, each in two halves, as _LINUX_CAPABILITY_VERSION_3 lays them out.
struct Sets {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
};

}  // namespace

const std::vector<std::string>& CapabilityNames() {
  // <linux/capability.h>, from CAP_CHOWN, 0, on.
  static const auto& names = *new std::vector<std::string>{"CAP_CHOWN",
                                                           "CAP_DAC_OVERRIDE",
                                                           "CAP_DAC_READ_SEARCH",
                                                           "CAP_FOWNER",
                                                           "CAP_FSETID",
                                                           "CAP_KILL",
                                                           "CAP_SETGID",
                                                           "CAP_SETUID",
                                                           "CAP_SETPCAP",
                                                           "CAP_LINUX_IMMUTABLE",
                                                           "CAP_NET_BIND_SERVICE",
                                                           "CAP_NET_BROADCAST",
                                                           "CAP_NET_ADMIN",
                                                           "CAP_NET_RAW",
                                                           "CAP_IPC_LOCK",
                                                           "CAP_IPC_OWNER",
                                                           "CAP_SYS_MODULE",
                                                           "CAP_SYS_RAWIO",
                                                           "CAP_SYS_CHROOT",
                                                           "CAP_SYS_PTRACE",
                                                           "CAP_SYS_PACCT",
                                                           "CAP_SYS_ADMIN",
                                                           "CAP_SYS_BOOT",
                                                           "CAP_SYS_NICE",
                                                           "CAP_SYS_RESOURCE",
                                                           "CAP_SYS_TIME",
                                                           "CAP_SYS_TTY_CONFIG",
                                                           "CAP_MKNOD",
                                                           "CAP_LEASE",
                                                           "CAP_AUDIT_WRITE",
                                                           "CAP_AUDIT_CONTROL",
                                                           "CAP_SETFCAP",
                                                           "CAP_MAC_OVERRIDE",
                                                           "CAP_MAC_ADMIN",
                                                           "CAP_SYSLOG",
                                                           "CAP_WAKE_ALARM",
                                                           "CAP_BLOCK_SUSPEND",
                                                           "CAP_AUDIT_READ",
                                                           "CAP_PERFMON",
                                                           "CAP_BPF",
                                                           "CAP_CHECKPOINT_RESTORE"};
  return names;
}

std::optional<int> CapabilityNumber(std::string_view name) {
  const auto& names = CapabilityNames();
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<int>(it - names.begin());
}

bool HasCapability(int number) {
  Sets sets;
  if (syscall(SYS_capget, &sets.header, sets.data) != 0) return false;
  return (sets.data[number / 32].effective >> (number % 32) & 1) != 0;
}

absl::Status SetAmbient(const std::vector<int>& numbers) {
  Sets sets;
  for (const int number : numbers) {
    auto& half = sets.data[number / 32];
    half.effective |= 1U << (number % 32);
    half.permitted = half.inheritable = half.effective;
  }
  if (syscall(SYS_capset, &sets.header, sets.data) != 0) return ErrnoStatus(errno, "capset");
  // Fails only on a kernel before 4.3, which has no ambient set to clear.
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (const int number : numbers) {
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0) {
      return ErrnoStatus(errno, "prctl PR_CAP_AMBIENT_RAISE of " + CapabilityNames()[number]);
    }
  }
  return absl::OkStatus();
}

}  // namespace rollport::os
