#include "fleet_file/cpu_list.h"

#include <sched.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"

namespace rollport::fleet_file {
namespace {

// "3" or "0-3"; false if it is neither.
bool ParseRange(absl::string_view text, int* first, int* last) {
  const std::pair<absl::string_view, absl::string_view> ends =
      absl::StrSplit(text, absl::MaxSplits('-', 1));
  if (!absl::SimpleAtoi(ends.first, first)) return false;
  *last = *first;
  if (text.find('-') != text.npos && !absl::SimpleAtoi(ends.second, last)) return false;
  return *first >= 0 && *first <= *last && *last < CPU_SETSIZE;
}

}  // namespace

absl::StatusOr<std::vector<int>> ParseCpuList(std::string_view text,
                                              const std::vector<int>& allowed) {
  std::set<int> cpus;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(text), ',')) {
    int first, last;
    if (!ParseRange(part, &first, &last)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", ToAbsl(text), "\" is not a list of CPUs like \"0-3,8\""));
    }
    for (int cpu = first; cpu <= last; ++cpu) {
      if (!std::binary_search(allowed.begin(), allowed.end(), cpu)) {
        return absl::InvalidArgumentError(absl::StrCat("this process may not use CPU ", cpu));
      }
      cpus.insert(cpu);
    }
  }
  return std::vector<int>(cpus.begin(), cpus.end());
}

std::vector<int> AllowedCpus() {
  cpu_set_t set;
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<size_t>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace rollport::fleet_file
