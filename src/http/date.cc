#include "http/date.h"

#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/strings.h"

namespace rollport::http {
namespace {

constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// -1 unless `text` is `digits` digits.
int Number(std::string_view text) {
  int n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    n = n * 10 + (c - '0');
  }
  return n;
}

int MonthNumber(std::string_view name) {
  for (int i = 0; i < 12; ++i) {
    if (name == kMonths[i]) return i + 1;
  }
  return -1;
}

// The forms of RFC 850 and of asctime(3). Years of two digits: 69 to 99 are in the last century.
std::optional<int64_t> ParseObsoleteDate(std::string_view text) {
  for (const char* form : {"%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(form, ToAbsl(text), &time, &error)) continue;
    const int64_t seconds = absl::ToUnixSeconds(time);
    if (seconds >= 0) return seconds;
  }
  return std::nullopt;
}

}  // namespace

std::string FormatDate(int64_t unix_seconds) {
  const auto t = absl::ToCivilSecond(absl::FromUnixSeconds(unix_seconds), absl::UTCTimeZone());
  const int day = static_cast<int>(absl::GetWeekday(t));
  return absl::StrFormat("%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[day], t.day(),
                         kMonths[t.month() - 1], t.year(), t.hour(), t.minute(), t.second());
}

std::optional<int64_t> ParseDate(std::string_view text) {
  if (text.size() != 29 || text[3] != ',') return ParseObsoleteDate(text);
  const int day = Number(text.substr(5, 2)), month = MonthNumber(text.substr(8, 3));
  const int year = Number(text.substr(12, 4)), hour = Number(text.substr(17, 2));
  const int minute = Number(text.substr(20, 2)), second = Number(text.substr(23, 2));
  if (day < 0 || month < 0 || year < 1970 || hour < 0 || minute < 0 || second < 0) {
    return std::nullopt;
  }
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  const int64_t seconds = absl::ToUnixSeconds(absl::FromCivil(civil, absl::UTCTimeZone()));
  // Refuses a wrong weekday, a 31st of June, other punctuation: anything that is not formatted back
  // to the same text.
  if (FormatDate(seconds) != text) return std::nullopt;
  return seconds;
}

}  // namespace rollport::http
