#include "os/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>
#include <optional>

namespace rollport::os {
namespace {

// Of the whole process, as the limit itself is. Not set: it was not raised.
std::optional<rlim_t> former_limit;

}  // namespace

uint64_t DescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  const rlim_t former = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && !former_limit.has_value()) former_limit = former;
}

void RestoreDescriptorLimit() {
  rlimit limit{};
  if (!former_limit.has_value() || getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min(*former_limit, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);  // lowering a soft limit is always allowed
}

}  // namespace rollport::os
