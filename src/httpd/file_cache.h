// Small files held in memory, so that an answer costs one stat(2) instead of open, fstat, read and
// close, and that stat serves all requests that had arrived before it (Request::batch()). Nothing
// is served without one: what the cache holds is used only if the path still leads to the very
// version that was read.
//
// A file's time stamps move in steps of a few milliseconds before Linux 6.13, so a file that is
// written twice in one step, with the same size, looks the same both times. Therefore a file is
// taken in only once it has been left alone for kSettledNanos.
#ifndef ROLLPORT_HTTPD_FILE_CACHE_H_
#define ROLLPORT_HTTPD_FILE_CACHE_H_

#include <cstdint>
#include <list>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "httpd/file.h"

namespace rollport::httpd {

class FileCache {
 public:
  static constexpr int64_t kSettledNanos = 1'000'000'000;

  // Holds at most about this many bytes; 0 turns it off.
  explicit FileCache(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  bool empty() const { return recent_.empty(); }
  // What was put at this path, however old, or null. Valid until the next Put or Drop.
  File* Find(const std::string& path);
  // Replaces what was put at this path with `file`, or with nothing if `file` has not settled by
  // `now_nanos` (CLOCK_REALTIME) or does not fit. The files that were unused the longest make room.
  void Put(const std::string& path, const File& file, int64_t now_nanos);
  void Drop(const std::string& path);

  uint64_t bytes() const { return bytes_; }

 private:
  using Recent = std::list<std::pair<std::string, File>>;
  static uint64_t Cost(const Recent::value_type& entry);
  void Erase(Recent::iterator entry);

  const uint64_t max_bytes_;
  uint64_t bytes_ = 0;
  Recent recent_;  // the last used first
  absl::flat_hash_map<std::string, Recent::iterator> by_path_;
};

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_FILE_CACHE_H_
