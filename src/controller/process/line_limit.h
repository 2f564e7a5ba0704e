// Passes on a limited number of lines per second, and then says how many were dropped.
#ifndef ROLLPORT_CONTROLLER_PROCESS_LINE_LIMIT_H_
#define ROLLPORT_CONTROLLER_PROCESS_LINE_LIMIT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rollport::controller {

class LineLimit {
 public:
  using Tell = std::function<void(const std::string& line)>;
  // Of a second's lines the first `most` are passed on to `tell`.
  LineLimit(int64_t most, Tell tell) : most_(most), tell_(std::move(tell)) {}

  void Add(const std::string& line) {
    if (++lines_ <= most_) tell_(line);
  }
  // The second is over: tells how many lines were dropped, if any, and counts from zero again.
  void EndSecond() {
    const int64_t lines = std::exchange(lines_, 0);
    if (lines > most_) tell_(absl::StrCat("[", lines - most_, " lines left out]"));
  }

 private:
  const int64_t most_;
  const Tell tell_;
  int64_t lines_ = 0;  // of this second
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_LINE_LIMIT_H_
