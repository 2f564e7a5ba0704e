// RP_CHECK is for conditions that only a bug of ours can break; what the world does is an
// absl::Status.
#ifndef ROLLPORT_BASE_CHECK_H_
#define ROLLPORT_BASE_CHECK_H_

#include <string_view>

namespace rollport {

// Prints "FILE:LINE: broken promise: CONDITION (DETAIL)" on stderr and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              std::string_view detail);

}  // namespace rollport

// RP_CHECK(condition, detail): `detail` (anything that converts to std::string_view, evaluated only
// on failure) should hold the values that matter.
#define RP_CHECK(condition, detail)   \
  (__builtin_expect(!!(condition), 1) \
       ? (void)0                      \
       : ::rollport::CheckFailed(__FILE__, __LINE__, #condition, (detail)))

#endif  // ROLLPORT_BASE_CHECK_H_
