#include "os/sysctl.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/strings.h"
#include "os/file.h"

namespace rollport::os {

std::optional<int64_t> ReadSysctl(std::string_view name) {
  const absl::StatusOr<std::string> text =
      ReadFile(absl::StrCat("/proc/sys/", absl::StrReplaceAll(ToAbsl(name), {{".", "/"}})));
  int64_t value;
  // SimpleAtoi allows for the line feed at the end.
  if (!text.ok() || !absl::SimpleAtoi(*text, &value)) return std::nullopt;
  return value;
}

std::string HostName() {
  return std::string(
      absl::StripAsciiWhitespace(ReadFile("/proc/sys/kernel/hostname").value_or("")));
}

bool MigratesRequests() { return ReadSysctl(kTcpMigrateReq).value_or(0) != 0; }

int64_t FirstUnprivilegedPort() {
  return ReadSysctl("net.ipv4.ip_unprivileged_port_start").value_or(1024);
}

}  // namespace rollport::os
