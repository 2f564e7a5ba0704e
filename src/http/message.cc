#include "http/message.h"

#include <algorithm>

#include "http/chars.h"
#include "http/list.h"

namespace rollport::http {

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return ToLower(x) == ToLower(y);
         });
}

std::optional<std::string_view> FindField(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (EqualsIgnoringCase(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string> JoinFields(const std::vector<Field>& fields, std::string_view name) {
  std::optional<std::string> joined;
  for (const Field& field : fields) {
    if (!EqualsIgnoringCase(field.name, name)) continue;
    if (joined.has_value()) {
      joined->append(", ").append(field.value);
    } else {
      joined.emplace(field.value);
    }
  }
  return joined;
}

bool ListHasToken(const std::vector<Field>& fields, std::string_view name, std::string_view token) {
  bool found = false;
  for (const Field& field : fields) {
    if (!EqualsIgnoringCase(field.name, name)) continue;
    ForEachElement(field.value, [&](std::string_view element) {
      found = found || EqualsIgnoringCase(element, token);
    });
  }
  return found;
}

bool IsStandardMethod(std::string_view method) {
  for (const char* known :
       {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"}) {
    if (method == known) return true;
  }
  return false;
}

}  // namespace rollport::http
