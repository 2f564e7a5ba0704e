// How a file, or the want of one, becomes an answer.
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
// For the errno of open(2) or read(2): 404 where there is no such file, or none that may be
// reached; 403 where it may not be read; 503 where descriptors or memory ran out; 500 for all else.
void ReplyErrno(Response response, int error);
// 301 to "LOCATION" or "LOCATION?QUERY".
void ReplyMoved(Response response, std::string location, std::string_view query);

// Answers with `file`, or a part of it, or that the client has it already. The content is read from
// `fd` by sendfile(2) where it is a descriptor, else taken from `file`.
void ReplyFile(const Request& request, Response response, const File& file, os::UniqueFd fd);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_REPLY_H_
