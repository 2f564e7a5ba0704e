// The answers that a worker gives itself, because no handler is asked. Pure.
#ifndef ROLLPORT_WORKER_OWN_ANSWERS_H_
#define ROLLPORT_WORKER_OWN_ANSWERS_H_

#include <optional>
#include <string_view>

#include "rollport/http.h"

namespace rollport::worker {

struct OwnAnswer {
  int status = 0;
  std::string_view text;   // a line of text, empty with 204
  std::string_view allow;  // for the Allow field (RFC 9110 section 10.2.1); empty for none
  Headers headers() const;
};

// What decides besides the request.
struct OwnPlace {
  std::string_view health_path;  // empty if there is none
  bool draining = false;
  bool has_handler = false;  // for the request's path
};

// Nullopt if the request is its handler's. Else: the state at health_path; 204 for OPTIONS of "*",
// the server as a whole (RFC 9110 section 9.3.7), and of "/"; 501 for a method that HTTP does not
// know (section 15.6.2); 404.
std::optional<OwnAnswer> AnswerItself(std::string_view method, std::string_view path,
                                      const OwnPlace& place);

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_OWN_ANSWERS_H_
