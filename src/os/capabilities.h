// capabilities(7) of this process, by the kernel's own calls.
#ifndef ROLLPORT_OS_CAPABILITIES_H_
#define ROLLPORT_OS_CAPABILITIES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace rollport::os {

// "CAP_NET_BIND_SERVICE" and the like, in the order of their numbers.
const std::vector<std::string>& CapabilityNames();
std::optional<int> CapabilityNumber(std::string_view name);

// Whether this process has it in its effective set.
bool HasCapability(int number);

// Makes these the permitted, effective, inheritable and ambient sets, so that they, and no others,
// outlive an exec by a user other than root. REQUIRES: they are permitted now.
absl::Status SetAmbient(const std::vector<int>& numbers);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_CAPABILITIES_H_
