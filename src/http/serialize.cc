#include "http/serialize.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "base/check.h"
#include "http/message.h"

namespace rollport::http {
namespace {

void AppendNumber(uint64_t n, int base, std::string* out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, n, base).ptr;
  out->append(digits, end);
}

void AppendLength(uint64_t length, std::string* out) {
  out->append("Content-Length: ");
  AppendNumber(length, 10, out);
  out->append("\r\n");
}

bool EndsALine(char c) { return c == '\r' || c == '\n' || c == '\0'; }

void AppendSafe(std::string_view text, std::string* out) {
  const size_t at = out->size();
  out->append(text);
  // Without a branch for each byte: nearly all text is clean.
  bool clean = true;
  for (const char c : text) clean &= !EndsALine(c);
  if (!clean)
    std::replace_if(out->begin() + static_cast<ptrdiff_t>(at), out->end(), EndsALine, ' ');
}

}  // namespace

std::string_view ReasonPhrase(int status) {
  switch (status) {
    // clang-format off
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
      // clang-format on
  }
}

bool StatusHasContent(int status) { return status >= 200 && status != 204 && status != 304; }

void BeginResponseHead(const ResponseStart& start, std::string* out) {
  RP_CHECK(start.status >= 100 && start.status <= 599, "a status of three digits");
  if (start.status == 200) {
    out->append("HTTP/1.1 200 OK\r\n");
  } else {
    out->append("HTTP/1.1 ");
    AppendNumber(static_cast<uint64_t>(start.status), 10, out);
    out->push_back(' ');
    out->append(ReasonPhrase(start.status));
    out->append("\r\n");
  }
  if (!start.server.empty()) AppendField("Server", start.server, out);
  if (!start.date.empty()) {
    out->append("Date: ");
    out->append(start.date);
    out->append("\r\n");
  }
  if (!start.content_type.empty()) AppendField("Content-Type", start.content_type, out);
  if (start.framing == BodyFraming::kLength) AppendLength(start.length, out);
  if (start.framing == BodyFraming::kChunked) out->append("Transfer-Encoding: chunked\r\n");
  if (!start.keep_alive) {
    out->append("Connection: close\r\n");
  } else if (start.minor_version == 0) {
    out->append("Connection: keep-alive\r\n");
  }
}

void BeginRequestHead(const RequestStart& start, std::string* out) {
  out->append(start.method);
  out->push_back(' ');
  out->append(start.target);
  out->append(" HTTP/1.1\r\nHost: ");
  out->append(start.host);
  out->append("\r\n");
  if (start.framing == BodyFraming::kLength) AppendLength(start.length, out);
  if (start.framing == BodyFraming::kChunked) out->append("Transfer-Encoding: chunked\r\n");
  if (!start.keep_alive) out->append("Connection: close\r\n");
}

void AppendField(std::string_view name, std::string_view value, std::string* out) {
  AppendSafe(name, out);
  out->append(": ");
  AppendSafe(value, out);
  out->append("\r\n");
}

void EndHead(std::string* out) { out->append("\r\n"); }

bool IsFramingField(std::string_view name) {
  switch (name.size()) {
    case 4:
      return EqualsIgnoringCase(name, "Date");
    case 10:
      return EqualsIgnoringCase(name, "Connection");
    case 14:
      return EqualsIgnoringCase(name, "Content-Length");
    case 17:
      return EqualsIgnoringCase(name, "Transfer-Encoding");
    default:
      return false;
  }
}

void AppendChunk(std::string_view piece, std::string* out) {
  if (piece.empty()) return;
  AppendNumber(piece.size(), 16, out);
  out->append("\r\n");
  out->append(piece);
  out->append("\r\n");
}

void AppendLastChunk(std::string* out) { out->append("0\r\n\r\n"); }

}  // namespace rollport::http
