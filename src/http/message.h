// The heads of HTTP/1.1 messages (RFC 9112). All text is views into the parser's own copy of the
// head, so that a field needs no allocation; parser.h states how long they are valid.
#ifndef ROLLPORT_HTTP_MESSAGE_H_
#define ROLLPORT_HTTP_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollport::http {

struct Field {
  std::string_view name;   // as it was sent; compare without regard to case
  std::string_view value;  // without leading or trailing white space
  friend bool operator==(const Field&, const Field&) = default;
};

// ASCII case-insensitive equality.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);
// The value of the first field with this name, without regard to case.
std::optional<std::string_view> FindField(const std::vector<Field>& fields, std::string_view name);
// The values of all fields with this name, joined by ", " (RFC 9110 section 5.3).
std::optional<std::string> JoinFields(const std::vector<Field>& fields, std::string_view name);
// True if a comma-separated list field (Connection, Transfer-Encoding, …), over all its lines,
// holds `token`, without regard to case.
bool ListHasToken(const std::vector<Field>& fields, std::string_view name, std::string_view token);

// The methods of RFC 9110 section 9.3, and PATCH (RFC 5789). Methods are case-sensitive.
bool IsStandardMethod(std::string_view method);

// The part that requests and responses have in common.
struct MessageHead {
  int minor_version = 1;  // x of HTTP/1.x, as it was sent; above 1 all else is as in HTTP/1.1
  std::vector<Field> fields;
  // RFC 9112 section 9.3, from the version and the Connection field.
  bool keep_alive = true;
  // Bytes. Set if a Content-Length was sent; without it and `chunked` a request has no body, and
  // that of a response ends with the connection.
  std::optional<uint64_t> content_length;
  bool chunked = false;
};

struct RequestHead : MessageHead {
  std::string_view method;
  std::string_view target;
  bool expect_continue = false;  // Expect: 100-continue, RFC 9110 section 10.1.1
};

struct ResponseHead : MessageHead {
  int status = 200;
  std::string_view reason;
};

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_MESSAGE_H_
