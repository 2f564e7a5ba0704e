#include "admin/message.h"

#include "http/message.h"
#include "http/target.h"

namespace rollport::admin {

std::string_view Request::path() const { return http::SplitTarget(target).path; }

std::string_view Request::query() const { return http::SplitTarget(target).query; }

std::optional<std::string> Request::host() const {
  const std::string_view authority = http::SplitTarget(target).authority;
  return authority.empty() ? field("Host") : std::string(authority);
}

std::optional<std::string> Request::field(std::string_view name) const {
  std::optional<std::string> joined;
  for (const auto& [key, value] : fields) {
    if (!http::EqualsIgnoringCase(key, name)) continue;
    joined = joined.has_value() ? *joined + ", " + value : value;
  }
  return joined;
}

}  // namespace rollport::admin
