// Keeps people from being told the same thing again and again.
#ifndef ROLLPORT_BASE_RECENT_TEXTS_H_
#define ROLLPORT_BASE_RECENT_TEXTS_H_

#include <map>
#include <string>

#include "absl/time/time.h"
#include "base/instant.h"

namespace rollport {

class RecentTexts {
 public:
  // A text is news again when it was told this long ago.
  explicit RecentTexts(absl::Duration apart) : apart_(apart) {}
  // True if the text is to be told now. REQUIRES: `now` does not go back.
  bool IsNews(Instant now, const std::string& text) {
    std::erase_if(told_, [&](const auto& told) { return told.second + apart_ < now; });
    return told_.try_emplace(text, now).second;
  }

 private:
  const absl::Duration apart_;
  std::map<std::string, Instant> told_;  // and when
};

}  // namespace rollport

#endif  // ROLLPORT_BASE_RECENT_TEXTS_H_
