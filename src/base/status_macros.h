// RETURN_IF_ERROR(expr) and ASSIGN_OR_RETURN(lhs, expr) return the error of `expr` to the caller.
#ifndef ROLLPORT_BASE_STATUS_MACROS_H_
#define ROLLPORT_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RETURN_IF_ERROR(expr)                                               \
  do {                                                                      \
    if (absl::Status rp_status = (expr); !rp_status.ok()) return rp_status; \
  } while (false)

#define ROLLPORT_CONCAT_INNER(a, b) a##b
#define ROLLPORT_CONCAT(a, b) ROLLPORT_CONCAT_INNER(a, b)
#define ROLLPORT_ASSIGN_OR_RETURN(tmp, lhs, expr)                     \
  auto tmp = (expr);                             /* NOLINT: a name */ \
  if (!tmp.ok()) return std::move(tmp).status(); /* NOLINT: a name */ \
  lhs = *std::move(tmp)                          /* NOLINT: may be a declaration */

#define ASSIGN_OR_RETURN(lhs, expr) \
  ROLLPORT_ASSIGN_OR_RETURN(ROLLPORT_CONCAT(rp_statusor_, __LINE__), lhs, expr)

#endif  // ROLLPORT_BASE_STATUS_MACROS_H_
