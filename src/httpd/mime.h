// Media types by file name.
#ifndef ROLLPORT_HTTPD_MIME_H_
#define ROLLPORT_HTTPD_MIME_H_

#include <string_view>

namespace rollport::httpd {

// Of the texts that this server makes itself.
inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

// The Content-Type for a file called `name`, by what follows its last dot, without regard to case;
// "application/octet-stream" if that is unknown. Text is declared to be UTF-8.
std::string_view MimeType(std::string_view name);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_MIME_H_
