// The Range field (RFC 9110 section 14). Pure.
#ifndef ROLLPORT_HTTPD_RANGE_H_
#define ROLLPORT_HTTPD_RANGE_H_

#include <cstdint>
#include <string_view>

namespace rollport::httpd {

struct ByteRange {
  enum class Kind {
    kWhole,          // 200 with everything
    kPart,           // 206 with [first, first+length)
    kUnsatisfiable,  // 416
  };
  Kind kind = Kind::kWhole;
  uint64_t first = 0;
  uint64_t length = 0;  // more than 0 for kPart
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// The part of a file of `size` bytes that the Range field `value` asks for. A field that is no
// valid "bytes=…", or that asks for several parts, is ignored, as section 14.2 allows: it gets the
// whole file.
ByteRange ParseRange(std::string_view value, uint64_t size);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_RANGE_H_
