// Finds the end of a message's head, however the bytes arrive, looking at each byte once.
#ifndef ROLLPORT_HTTP_HEAD_SCANNER_H_
#define ROLLPORT_HTTP_HEAD_SCANNER_H_

#include <cstddef>
#include <string_view>

namespace rollport::http {

class HeadScanner {
 public:
  enum class Result {
    kNeedMore,
    kComplete,          // size() bytes, the empty line included
    kBareLineFeed,      // a line ended by LF without CR (RFC 9112 section 2.2)
    kFolded,            // a line that begins with white space (RFC 9112 section 5.2)
    kStartLineTooLong,  // no line end within the limit
    kTooLong,           // no empty line within the limit
  };

  explicit HeadScanner(size_t limit) : limit_(limit) {}

  // REQUIRES: `input` begins with all bytes of the calls before, and not with a line end. The
  // result depends only on the bytes, not on how they were divided among calls.
  Result Scan(std::string_view input);
  size_t size() const { return line_; }
  void Reset() { line_ = next_ = 0; }

 private:
  size_t limit_;
  size_t line_ = 0;  // where the present line begins
  size_t next_ = 0;  // the first byte not yet looked at
};

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_HEAD_SCANNER_H_
