// Lists of CPUs as people write them: "0-3,8".
#ifndef ROLLPORT_FLEET_FILE_CPU_LIST_H_
#define ROLLPORT_FLEET_FILE_CPU_LIST_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace rollport::fleet_file {

// In rising order, each once. REQUIRES: `allowed` is in rising order. An error says that the text
// is no such list, or names a CPU that is not among `allowed`.
absl::StatusOr<std::vector<int>> ParseCpuList(std::string_view text,
                                              const std::vector<int>& allowed);

// The CPUs that this process may run on, in rising order.
std::vector<int> AllowedCpus();

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_CPU_LIST_H_
