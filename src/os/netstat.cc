#include "os/netstat.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "os/errno_status.h"

namespace rollport::os {

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
        if (names[i] == name) (void)absl::SimpleAtoi(words[i], value);
      }
    }
  }
  return counters;
}

absl::StatusOr<TcpCounters> ReadTcpCounters() {
  constexpr char kPath[] = "/proc/net/netstat";
  std::ifstream file(kPath);
  if (!file) return ErrnoStatus(errno, kPath);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return ParseTcpCounters(text);
}

}  // namespace rollport::os
