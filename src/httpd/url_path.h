// From the path of a request target to a file below the root, and back. Pure: no file is looked at.
#ifndef ROLLPORT_HTTPD_URL_PATH_H_
#define ROLLPORT_HTTPD_URL_PATH_H_

#include <string>
#include <string_view>

namespace rollport::httpd {

enum class PathError {
  kNone,
  kMalformed,  // no leading '/', a bad percent escape, a NUL, or more ".." than folders: 400
  kHidden,     // no file that we serve has such a name: 404
};

struct FilePath {
  PathError error = PathError::kNone;
  // Relative to the root, decoded, without "." and ".." and empty segments: "a b/c.txt"; empty for
  // the root itself.
  std::string relative;
  // The path ended in '/' (or in "/." or "/.."): a folder is asked for.
  bool is_folder = false;
};

// Decodes "%20" and resolves "." and ".." (RFC 3986 sections 2.1 and 5.2.4), encoded or not;
// repeated slashes count as one. Hidden (kHidden) are a segment with an encoded slash, which no
// file name has, and one that begins with a dot, except ".well-known" (RFC 8615).
FilePath ParseUrlPath(std::string_view path);

// The same, into `*out`: allocates nothing if that has the memory of earlier results.
void ParseUrlPath(std::string_view path, FilePath* out);

// "/a%20b/c.txt" for "a b/c.txt": what may stand in a Location field. Never begins with "//".
std::string EncodeUrlPath(std::string_view relative);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_URL_PATH_H_
