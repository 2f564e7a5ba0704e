#include "tests/integration/scrape.h"

#include <unistd.h>

#include <atomic>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/integration/program.h"

namespace rollport::integration {

std::string FreshAdmin() {
  static std::atomic<int> turn{0};
  const int pid = getpid();
  return absl::StrCat("127.90.", pid / 256 % 256, ".", pid % 255 + 1, ":", 9180 + turn++);
}

Scrape::Scrape(const std::string& admin)
    : text_(RunProgram({"/usr/bin/curl", "-s", "--max-time", "10", "http://" + admin + "/metrics"})
                .out) {
  for (const absl::string_view line : absl::StrSplit(text_, '\n', absl::SkipEmpty())) {
    if (line[0] == '#') continue;
    const size_t space = line.rfind(' ');
    std::string series(line.substr(0, space));
    const size_t fleet = series.find("{fleet=\"");
    if (fleet != std::string::npos) {
      const size_t end = series.find('"', fleet + 8) + 1;
      series.erase(fleet + 1, end - fleet - 1 + (series[end] == ',' ? 1 : 0));
    }
    if (series.ends_with("{}")) series.resize(series.size() - 2);
    double value = 0;
    if (absl::SimpleAtod(line.substr(space + 1), &value)) all_[series] = value;
  }
}

double Scrape::operator[](const std::string& series) const {
  const auto it = all_.find(series);
  return it == all_.end() ? -1 : it->second;
}

double Scrape::Sum(std::string_view name) const {
  double sum = 0;
  for (const auto& [series, value] : all_) {
    if (series.substr(0, series.find('{')) == name) sum += value;
  }
  return sum;
}

}  // namespace rollport::integration
