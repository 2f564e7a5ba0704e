// Media types by file name.
#ifndef ROLLPORT_HTTPD_MIME_H_
#define ROLLPORT_HTTPD_MIME_H_

#include <string_view>

namespace rollport::httpd {

// The Content-Type for a file called `name`, by what follows its last dot, without regard to case;
// "application/octet-stream" for what is not known. Text is said to be UTF-8.
std::string_view MimeType(std::string_view name);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_MIME_H_
