#include "cli/top_graph.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace rollport::cli {
namespace {

constexpr int kEighths = 8;
constexpr std::array kBlocks = {" ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                "\u2585", "\u2586", "\u2587", "\u2588"};

// How many eighths of the line that has `below` lines under it a bar of `eighths` fills.
int Filled(int eighths, int below) { return std::clamp(eighths - below * kEighths, 0, kEighths); }

}  // namespace

std::vector<std::string> GraphOf(const std::vector<double>& values, int width, int height,
                                 bool blocks) {
  if (values.empty() || width < 1 || height < 1) return {};
  const size_t shown = std::min(values.size(), static_cast<size_t>(width));
  const std::vector<double> last(values.end() - static_cast<ptrdiff_t>(shown), values.end());
  const double greatest = *std::max_element(last.begin(), last.end());
  std::vector<std::string> lines(static_cast<size_t>(height),
                                 std::string(static_cast<size_t>(width) - shown, ' '));
  for (const double value : last) {
    const double part = greatest > 0 ? value / greatest : 0;
    // Every value above 0 is visible, however small.
    const int eighths =
        std::max(static_cast<int>(std::lround(part * height * kEighths)), value > 0 ? 1 : 0);
    for (int below = 0; below < height; ++below) {
      const int filled = Filled(eighths, below);
      std::string& line = lines[static_cast<size_t>(height - 1 - below)];
      if (blocks) {
        line += kBlocks[static_cast<size_t>(filled)];
      } else {
        line += filled > 0 ? '#' : ' ';
      }
    }
  }
  return lines;
}

}  // namespace rollport::cli
