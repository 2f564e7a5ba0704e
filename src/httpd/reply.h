// Answers with a file, with a part of one, or with an error.
#ifndef ROLLPORT_HTTPD_REPLY_H_
#define ROLLPORT_HTTPD_REPLY_H_

#include <string>
#include <string_view>

#include "httpd/file.h"
#include "os/unique_fd.h"
#include "rollport/http.h"

namespace rollport::httpd {

// "404 Not Found" as a line of text. REQUIRES: a 4xx or 5xx that this server uses.
void ReplyError(Response response, int status, const Headers& fields = {});
// For the errno of open(2) or read(2): 404 if there is no such file, or it must not be reached; 403
// if it must not be read; 503 if descriptors or memory ran out; 500 for all else.
void ReplyErrno(Response response, int error);
// 301 to "LOCATION" or "LOCATION?QUERY".
void ReplyMoved(Response response, std::string location, std::string_view query);

// Answers with `file`, with a part of it, or that the client has it already. The content is read
// from `fd` by sendfile(2) if that is valid, else taken from `file`.
void ReplyFile(const Request& request, Response response, const File& file, os::UniqueFd fd);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_REPLY_H_
