#include "http/head_scanner.h"

#include <algorithm>

namespace rollport::http {

HeadScanner::Result HeadScanner::Scan(std::string_view input) {
  const bool over = input.size() > limit_;
  input = input.substr(0, limit_);
  while (true) {
    const size_t lf = input.find('\n', next_);
    if (lf == std::string_view::npos) break;
    if (lf == line_ || input[lf - 1] != '\r') return Result::kBareLineFeed;
    const bool empty = lf - 1 == line_;
    if (input[line_] == ' ' || input[line_] == '\t') return Result::kFolded;
    line_ = next_ = lf + 1;
    if (empty) return Result::kComplete;
  }
  next_ = input.size();
  if (!over) return Result::kNeedMore;
  return line_ == 0 ? Result::kStartLineTooLong : Result::kTooLong;
}

}  // namespace rollport::http
