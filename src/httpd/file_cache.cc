#include "httpd/file_cache.h"

#include <algorithm>

namespace rollport::httpd {

// What an entry costs besides its name and its content, roughly.
constexpr uint64_t kOverhead = 512;

uint64_t FileCache::Cost(const Recent::value_type& entry) {
  return entry.first.size() + entry.second.content.size() + kOverhead;
}

File* FileCache::Find(const std::string& path) {
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return &found->second->second;
}

void FileCache::Put(const std::string& path, const File& file, int64_t now_nanos) {
  Drop(path);
  const int64_t last_touched = std::max(file.version.modified_nanos, file.version.changed_nanos);
  if (now_nanos - last_touched < kSettledNanos) return;
  recent_.emplace_front(path, file);
  bytes_ += Cost(recent_.front());
  by_path_[path] = recent_.begin();
  while (bytes_ > max_bytes_) Erase(std::prev(recent_.end()));
}

void FileCache::Drop(const std::string& path) {
  if (const auto found = by_path_.find(path); found != by_path_.end()) Erase(found->second);
}

void FileCache::Erase(Recent::iterator entry) {
  bytes_ -= Cost(*entry);
  by_path_.erase(entry->first);
  recent_.erase(entry);
}

}  // namespace rollport::httpd
