// HTTP's date format (RFC 9110 section 5.6.7).
#ifndef ROLLPORT_HTTP_DATE_H_
#define ROLLPORT_HTTP_DATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollport::http {

// "Sun, 06 Nov 1994 08:49:37 GMT". Seconds since 1970. REQUIRES: the years 1970 to 9999.
std::string FormatDate(int64_t unix_seconds);
// Reads that form (IMF-fixdate) and, as every recipient must, the two obsolete ones: "Sunday,
// 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994". Returns nullopt for anything else.
std::optional<int64_t> ParseDate(std::string_view text);

// Formats a date only once a second.
class DateCache {
 public:
  // Valid until the next call.
  std::string_view At(int64_t unix_seconds) {
    if (unix_seconds != second_) {
      second_ = unix_seconds;
      text_ = FormatDate(unix_seconds);
    }
    return text_;
  }

 private:
  int64_t second_ = -1;
  std::string text_;
};

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_DATE_H_
