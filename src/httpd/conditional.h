// Conditional requests (RFC 9110 section 13): may the client keep what it has? Pure.
#ifndef ROLLPORT_HTTPD_CONDITIONAL_H_
#define ROLLPORT_HTTPD_CONDITIONAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollport::httpd {

// A strong entity tag, with its quotes, from what changes when a file does.
std::string MakeEntityTag(uint64_t size, int64_t modified_nanos);

struct Validators {
  std::string_view entity_tag;  // with its quotes
  int64_t modified_seconds = 0;
};

// The fields of a GET or HEAD request that set conditions, each with all of its lines: two dates
// are no date, and two lists are one.
struct Conditions {
  std::optional<std::string_view> if_match;
  std::optional<std::string_view> if_unmodified_since;
  std::optional<std::string_view> if_none_match;
  std::optional<std::string_view> if_modified_since;

  bool any() const {
    return if_match.has_value() || if_unmodified_since.has_value() || if_none_match.has_value() ||
           if_modified_since.has_value();
  }
};

enum class Verdict {
  kSend,
  kNotModified,         // 304
  kPreconditionFailed,  // 412
};

// Section 13.2.2: a tag takes precedence over a date, and an invalid date is ignored.
Verdict Evaluate(const Conditions& conditions, const Validators& validators);

// Section 13.1.5: whether the Range field applies, given the If-Range field, at `now_seconds` since
// 1970. Tags are compared strongly. A date must be equal and strong (section 8.8.2.2): the second
// that it names must be over, else the file may change again and keep its date. (What was sent
// within that second has a Date field equal to Last-Modified, which a client must not use here.)
bool RangeStillHolds(std::string_view if_range, const Validators& validators, int64_t now_seconds);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_CONDITIONAL_H_
