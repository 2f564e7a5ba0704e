// The parts of a request target (RFC 9112 section 3.2).
#ifndef ROLLPORT_HTTP_TARGET_H_
#define ROLLPORT_HTTP_TARGET_H_

#include <string_view>

namespace rollport::http {

struct TargetParts {
  // Of a target in absolute form; otherwise empty. It takes the place of the Host field (RFC 9112
  // section 3.2.2).
  std::string_view authority;
  std::string_view path;   // "/" if an absolute form has none
  std::string_view query;  // what follows the first '?'; empty if nothing does
};

// Views into `target`.
TargetParts SplitTarget(std::string_view target);

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_TARGET_H_
