#include "httpd/file.h"

#include <algorithm>

#include "http/date.h"
#include "httpd/mime.h"

namespace rollport::httpd {
namespace {

// The end of the year 9999, the last that an HTTP date can express.
constexpr int64_t kLastSecond = 253402300799;

constexpr int64_t Nanos(const timespec& t) {
  return static_cast<int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

int64_t Seconds(int64_t nanos) {
  return std::clamp<int64_t>(nanos / 1'000'000'000, 0, kLastSecond);
}

}  // namespace

FileVersion FileVersion::Of(const struct stat& s) {
  return {s.st_dev, s.st_ino, static_cast<uint64_t>(s.st_size), Nanos(s.st_mtim), Nanos(s.st_ctim)};
}

File::File(const FileVersion& version, std::string_view name)
    : version(version),
      media_type(MimeType(name)),
      entity_tag(MakeEntityTag(version.size, version.modified_nanos)),
      modified_seconds(Seconds(version.modified_nanos)),
      fields({{"ETag", entity_tag},
              {"Last-Modified", http::FormatDate(modified_seconds)},
              {"Accept-Ranges", "bytes"}}) {}

}  // namespace rollport::httpd
