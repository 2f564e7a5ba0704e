// Makes system calls fail, as a sandbox does: seccomp(2). Needs no privilege.
#ifndef ROLLPORT_TESTS_SUPPORT_REFUSAL_H_
#define ROLLPORT_TESTS_SUPPORT_REFUSAL_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"

namespace rollport {

struct Refusal {
  long call = 0;  // SYS_…
  int error = 0;  // what the call fails with
  struct Argument {
    unsigned index;  // 0 to 5
    uint32_t value;
  };
  // If set, the call fails only with this argument.
  std::optional<Argument> only;
};

// Takes effect at once, in this process and in all that it starts, and cannot be undone. On x86-64
// and arm64.
absl::Status Refuse(const std::vector<Refusal>& refusals);

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_REFUSAL_H_
