#include "admin/message.h"

#include "http/message.h"

namespace rollport::admin {

std::string_view Request::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
  const size_t mark = target.find('?');
  return mark == std::string::npos ? "" : std::string_view(target).substr(mark + 1);
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
