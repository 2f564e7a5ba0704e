// Memory that connections share, so that an idle connection owns next to nothing.
#ifndef ROLLPORT_WORKER_BUFFERS_H_
#define ROLLPORT_WORKER_BUFFERS_H_

#include <string>
#include <utility>
#include <vector>

namespace rollport::worker {

// Empty strings that keep the memory of their last use.
class StringPool {
 public:
  std::string Take() {
    if (free_.empty()) return {};
    std::string s = std::move(free_.back());
    free_.pop_back();
    return s;
  }
  void Give(std::string s) {
    if (free_.size() >= kKept || s.capacity() > kLargest) return;
    s.clear();
    free_.push_back(std::move(s));
  }

 private:
  static constexpr size_t kKept = 64;
  static constexpr size_t kLargest = 256 << 10;
  std::vector<std::string> free_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_BUFFERS_H_
