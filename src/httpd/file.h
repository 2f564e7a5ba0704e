// A file as it was at one moment, with what an answer says about it.
#ifndef ROLLPORT_HTTPD_FILE_H_
#define ROLLPORT_HTTPD_FILE_H_

#include <sys/stat.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "httpd/conditional.h"
#include "rollport/http.h"

namespace rollport::httpd {

// Differs as soon as a file is replaced or written to (but see FileCache about how soon).
struct FileVersion {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified_nanos = 0;
  int64_t changed_nanos = 0;

  static FileVersion Of(const struct stat& s);
  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

struct File {
  // `name` is for the media type only.
  File(const FileVersion& version, std::string_view name);

  Validators validators() const { return {entity_tag, modified_seconds}; }

  FileVersion version;
  std::string_view media_type;
  std::string entity_tag;
  int64_t modified_seconds;
  Headers fields;       // ETag, Last-Modified, Accept-Ranges
  std::string content;  // of a small file
  uint64_t batch = 0;   // Request::batch() of the last look at the disk
};

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_FILE_H_
