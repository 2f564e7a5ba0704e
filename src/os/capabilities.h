// capabilities(7) of this process, by system calls, without libcap.
#ifndef ROLLPORT_OS_CAPABILITIES_H_
#define ROLLPORT_OS_CAPABILITIES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace rollport::os {

// "CAP_CHOWN" and so on: every name of <linux/capability.h>, at the index that is its number.
const std::vector<std::string>& CapabilityNames();
// nullopt if no capability has this name.
std::optional<int> CapabilityNumber(std::string_view name);

// Whether the capability is in this process's effective set.
bool HasCapability(int number);

// Makes these capabilities the permitted, effective, inheritable and ambient sets of this process,
// so that they, and no others, outlive an exec by a user other than root. REQUIRES: they are
// permitted now.
absl::Status SetAmbient(const std::vector<int>& numbers);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_CAPABILITIES_H_
