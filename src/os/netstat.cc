#include "os/netstat.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "os/file.h"

namespace rollport::os {

TcpCounters operator-(const TcpCounters& now, const TcpCounters& before) {
  return {now.listen_overflows - before.listen_overflows, now.listen_drops - before.listen_drops,
          now.migrate_request_success - before.migrate_request_success,
          now.migrate_request_failure - before.migrate_request_failure};
}

TcpCounters ParseTcpCounters(std::string_view netstat) {
  TcpCounters counters;
  const std::pair<absl::string_view, int64_t*> wanted[] = {
      {"ListenOverflows", &counters.listen_overflows},
      {"ListenDrops", &counters.listen_drops},
      {"TCPMigrateReqSuccess", &counters.migrate_request_success},
      {"TCPMigrateReqFailure", &counters.migrate_request_failure},
  };
  std::vector<absl::string_view> names;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(netstat), '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.empty() || words[0] != "TcpExt:") continue;
    if (names.empty()) {
      names = words;
      continue;
    }
    for (size_t i = 1; i < std::min(names.size(), words.size()); ++i) {
      for (const auto& [name, value] : wanted) {
        if (names[i] == name && !absl::SimpleAtoi(words[i], value)) *value = 0;
      }
    }
  }
  return counters;
}

absl::StatusOr<TcpCounters> ReadTcpCounters() {
  ASSIGN_OR_RETURN(const std::string text, ReadFile("/proc/net/netstat"));
  return ParseTcpCounters(text);
}

}  // namespace rollport::os
