// On Debian 12 absl::string_view is not std::string_view; this is the only bridge between the two.
#ifndef ROLLPORT_BASE_STRINGS_H_
#define ROLLPORT_BASE_STRINGS_H_

#include <string>
#include <string_view>

#include "absl/strings/string_view.h"

namespace rollport {

inline absl::string_view ToAbsl(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view ToStd(absl::string_view s) { return {s.data(), s.size()}; }

}  // namespace rollport

#endif  // ROLLPORT_BASE_STRINGS_H_
