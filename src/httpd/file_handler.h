// Answers GET and HEAD with the files below a root, and OPTIONS of anything.
#ifndef ROLLPORT_HTTPD_FILE_HANDLER_H_
#define ROLLPORT_HTTPD_FILE_HANDLER_H_

#include <cstdint>
#include <string>

#include "httpd/file_cache.h"
#include "httpd/root.h"
#include "httpd/url_path.h"
#include "os/unique_fd.h"
#include "rollport/http.h"

namespace rollport::httpd {

// Blocks for as long as the disk does, like every single-threaded server that reads files.
class FileHandler {
 public:
  // Larger files are not read but sent by sendfile(2).
  static constexpr uint64_t kSmallFile = 64 << 10;

  FileHandler(Root root, uint64_t cache_bytes) : root_(std::move(root)), cache_(cache_bytes) {}

  // "/dir/" is its index.html, "/dir" leads there with 301. What is neither a regular file nor a
  // folder is answered with 404. Another method of HTTP is answered with 405, one that is unknown
  // with 501. Conditions and single ranges: conditional.h, range.h.
  void Answer(const Request& request, const Response& response);

 private:
  void AnswerOther(const Request& request, Response response);
  void AnswerPath(const Request& request, Response response);
  // Whether path_ leads to this version now.
  bool StillOnDisk(const File& file) const;
  bool AnswerFromCache(const Request& request, Response response);
  void AnswerFromDisk(const Request& request, Response response);
  void AnswerSmall(const Request& request, Response response, int fd, const FileVersion& version);

  Root root_;
  FileCache cache_;
  FilePath path_;  // of the request under way; a member only to keep its memory
};

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_FILE_HANDLER_H_
