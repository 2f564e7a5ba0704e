#include "worker/own_answers.h"

#include "http/message.h"

namespace rollport::worker {
namespace {

// What handlers are given; each may refuse some of them.
constexpr std::string_view kServerMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
constexpr std::string_view kHealthMethods = "GET, HEAD, OPTIONS";

}  // namespace

Headers OwnAnswer::headers() const {
  if (allow.empty()) return {};
  return {{"Allow", std::string(allow)}};
}

std::optional<OwnAnswer> AnswerItself(std::string_view method, std::string_view path,
                                      const OwnPlace& place) {
  const bool health = !place.health_path.empty() && path == place.health_path;
  if (place.has_handler && !health) return std::nullopt;
  if (!http::IsStandardMethod(method)) return OwnAnswer{501, "501 Not Implemented\n", ""};
  const bool options = method == "OPTIONS";
  if (health) {
    const std::string_view allow = options ? kHealthMethods : "";
    return place.draining ? OwnAnswer{503, "draining\n", allow} : OwnAnswer{200, "ok\n", allow};
  }
  if (options && (path == "*" || path == "/")) return OwnAnswer{204, "", kServerMethods};
  return OwnAnswer{404, "404 Not Found\n", ""};
}

}  // namespace rollport::worker
