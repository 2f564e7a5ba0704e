#include "http/target.h"

namespace rollport::http {
namespace {

constexpr std::string_view kSchemeEnd = "://";

}  // namespace

TargetParts SplitTarget(std::string_view target) {
  TargetParts parts;
  const size_t scheme = target.starts_with('/') ? target.npos : target.find(kSchemeEnd);
  if (scheme != target.npos) {
    target.remove_prefix(scheme + kSchemeEnd.size());
    parts.authority = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(parts.authority.size());
  }
  const size_t mark = target.find('?');
  parts.path = target.substr(0, mark);
  if (mark != target.npos) parts.query = target.substr(mark + 1);
  if (scheme != target.npos && parts.path.empty()) parts.path = "/";
  return parts;
}

}  // namespace rollport::http
