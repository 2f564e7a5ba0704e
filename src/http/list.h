// Comma-separated list fields (RFC 9110 section 5.6.1).
#ifndef ROLLPORT_HTTP_LIST_H_
#define ROLLPORT_HTTP_LIST_H_

#include <string_view>

namespace rollport::http {

// `s` without leading and trailing SP and HTAB.
constexpr std::string_view TrimSpace(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

// Calls `f(element)` for each element, trimmed, including empty ones.
template <typename F>
void ForEachElement(std::string_view list, F&& f) {
  while (true) {
    const size_t comma = list.find(',');
    f(TrimSpace(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_LIST_H_
