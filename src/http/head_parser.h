// Turns one complete head into a value, with every check that needs only the head. Internal to
// src/http, and the only file that compiles Beast.
#ifndef ROLLPORT_HTTP_HEAD_PARSER_H_
#define ROLLPORT_HTTP_HEAD_PARSER_H_

#include <optional>
#include <string>

#include "http/message.h"
#include "http/parse_event.h"

namespace rollport::http {

// REQUIRES: `bytes` is one whole head as HeadScanner delimits it. The head's views point into
// `bytes`, in which a version after HTTP/1.1 is overwritten. Reuses the head's memory. Returns
// nullopt, or what is wrong.
std::optional<ParseError> ParseRequestHead(std::string* bytes, RequestHead* head);
std::optional<ParseError> ParseResponseHead(std::string* bytes, ResponseHead* head);

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_HEAD_PARSER_H_
