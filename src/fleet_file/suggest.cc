#include "fleet_file/suggest.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace rollport::fleet_file {

int EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<int>> rows(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        rows[i][j] = static_cast<int>(i + j);
        continue;
      }
      int best = std::min(rows[i - 1][j], rows[i][j - 1]) + 1;
      best = std::min(best, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, rows[i - 2][j - 2] + 1);
      }
      rows[i][j] = best;
    }
  }
  return rows[a.size()][b.size()];
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& known) {
  // A third of the word may be wrong. A word longer than any key is not worth the work.
  if (word.size() > 64) return "";
  int best = static_cast<int>(std::max<size_t>(word.size() / 3, 1)) + 1;
  const std::string* nearest = nullptr;
  for (const std::string& candidate : known) {
    if (const int distance = EditDistance(word, candidate); distance < best) {
      best = distance;
      nearest = &candidate;
    }
  }
  return nearest == nullptr ? "" : absl::StrCat("; did you mean \"", *nearest, "\"?");
}

}  // namespace rollport::fleet_file
