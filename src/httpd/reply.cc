#include "httpd/reply.h"

#include <time.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "httpd/mime.h"
#include "httpd/range.h"

namespace rollport::httpd {
namespace {

std::string_view ErrorText(int status) {
  switch (status) {
    case 400:
      return "400 Bad Request\n";
    case 403:
      return "403 Forbidden\n";
    case 404:
      return "404 Not Found\n";
    case 405:
      return "405 Method Not Allowed\n";
    case 412:
      return "412 Precondition Failed\n";
    case 416:
      return "416 Range Not Satisfiable\n";
    case 501:
      return "501 Not Implemented\n";
    case 503:
      return "503 Service Unavailable\n";
    default:
      return "500 Internal Server Error\n";
  }
}

// Range counts for GET only (RFC 9110 section 14.2).
ByteRange WantedRange(const Request& request, const File& file) {
  const std::optional<std::string> range = request.header_list("Range");
  if (!range.has_value() || request.method() != "GET") return {};
  const std::optional<std::string> if_range = request.header_list("If-Range");
  if (if_range.has_value() && !RangeStillHolds(*if_range, file.validators(), time(nullptr))) {
    return {};
  }
  return ParseRange(*range, file.version.size);
}

void SendBytes(Response response, int status, const File& file, os::UniqueFd fd, uint64_t first,
               uint64_t length, const Headers& fields) {
  if (fd.valid()) {
    response.SendFile(status, file.media_type, fd.Release(), first, length, fields);
  } else {
    response.Send(status, file.media_type, std::string_view(file.content).substr(first, length),
                  fields);
  }
}

void SendPart(Response response, const File& file, os::UniqueFd fd, const ByteRange& range) {
  Headers fields = file.fields;
  fields.emplace_back("Content-Range",
                      absl::StrCat("bytes ", range.first, "-", range.first + range.length - 1, "/",
                                   file.version.size));
  SendBytes(std::move(response), 206, file, std::move(fd), range.first, range.length, fields);
}

}  // namespace

void ReplyError(Response response, int status, const Headers& fields) {
  response.Send(status, kPlainText, ErrorText(status), fields);
}

void ReplyErrno(Response response, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:         // a circle of links, or a link of /proc
    case EXDEV:         // a link that leads out of the root
    case ENAMETOOLONG:  // no file has that name
    case ENXIO:         // a socket
    case ENODEV:
      return ReplyError(std::move(response), 404);
    case EACCES:
    case EPERM:
      return ReplyError(std::move(response), 403);
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ReplyError(std::move(response), 503);
    default:
      return ReplyError(std::move(response), 500);
  }
}

void ReplyMoved(Response response, std::string location, std::string_view query) {
  if (!query.empty()) location.append("?").append(query);
  response.Send(301, kPlainText, "301 Moved Permanently\n", {{"Location", std::move(location)}});
}

void ReplyFile(const Request& request, Response response, const File& file, os::UniqueFd fd) {
  const auto if_match = request.header_list("If-Match");
  const auto if_unmodified_since = request.header_list("If-Unmodified-Since");
  const auto if_none_match = request.header_list("If-None-Match");
  const auto if_modified_since = request.header_list("If-Modified-Since");
  const Conditions conditions{if_match, if_unmodified_since, if_none_match, if_modified_since};
  if (conditions.any()) {
    const Verdict verdict = Evaluate(conditions, file.validators());
    if (verdict == Verdict::kNotModified) return response.Send(304, "", "", file.fields);
    if (verdict == Verdict::kPreconditionFailed) return ReplyError(std::move(response), 412);
  }
  const ByteRange range = WantedRange(request, file);
  switch (range.kind) {
    case ByteRange::Kind::kWhole:
      return SendBytes(std::move(response), 200, file, std::move(fd), 0, file.version.size,
                       file.fields);
    case ByteRange::Kind::kPart:
      return SendPart(std::move(response), file, std::move(fd), range);
    case ByteRange::Kind::kUnsatisfiable:
      return ReplyError(std::move(response), 416,
                        {{"Content-Range", absl::StrCat("bytes */", file.version.size)}});
  }
}

}  // namespace rollport::httpd
