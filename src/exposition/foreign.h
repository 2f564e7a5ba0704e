// The expositions of workers that have their own, merged: each series gets `slot` and `fleet`. What
// a worker sends is checked to the last character, because one bad line would spoil the whole
// scrape.
#ifndef ROLLPORT_EXPOSITION_FOREIGN_H_
#define ROLLPORT_EXPOSITION_FOREIGN_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace rollport::exposition {

struct ForeignSample {
  std::string name;    // with its suffix: "x_bucket"
  std::string labels;  // as written, without braces: "a=\"b\",le=\"1\""
  std::string value;   // the same number in its shortest form
};

struct ForeignFamily {
  std::string type;  // "counter", "gauge", "histogram", "summary" or "untyped"
  std::string help;  // as written, escaped
  std::vector<ForeignSample> samples;
};

// By the family's name, which for a counter includes its "_total".
using ForeignScrape = std::map<std::string, ForeignFamily>;

// Reads Prometheus text format 0.0.4. Timestamps are dropped. An error names the line and what is
// wrong; then nothing is taken. A label "slot" or "fleet" becomes "exported_slot" and
// "exported_fleet", as in Prometheus itself. Left out and counted in `*dropped` are families that
// begin with "rollport_", all above `max_series`, a series that was there before, and what would
// make Prometheus refuse the whole scrape: a series with a label "__name__", with a label that it
// has already after that change, or whose values are not UTF-8, and a HELP that is not.
absl::StatusOr<ForeignScrape> ParseExposition(std::string_view text, size_t max_series,
                                              int64_t* dropped);

class ForeignFamilies {
 public:
  // Adds what the worker of `slot` answered. A family is left out, and its series are counted in
  // dropped(), if a slot that was added before gave it another type, or if `taken` has its name.
  void Add(int slot, std::string_view fleet, const ForeignScrape& scrape,
           const std::set<std::string>& taken = {});

  bool empty() const { return families_.empty(); }
  int64_t dropped() const { return dropped_; }
  void AppendText(std::string* out) const;
  void AppendOpenMetrics(std::string* out) const;

 private:
  std::map<std::string, ForeignFamily> families_;
  int64_t dropped_ = 0;
};

}  // namespace rollport::exposition

#endif  // ROLLPORT_EXPOSITION_FOREIGN_H_
