// The sums of what user code counts, over a fleet's workers: counters and histograms over living
// and dead workers, gauges over living ones. Pure: it uses neither pages nor a clock.
#ifndef ROLLPORT_METRICS_USER_TOTALS_H_
#define ROLLPORT_METRICS_USER_TOTALS_H_

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "metrics/page_counts.h"

namespace rollport::metrics {

using UserLabels = std::vector<std::pair<std::string, std::string>>;

// What must agree for values to be summed.
struct UserDeclaration {
  protocol::UserSeries::Type type = protocol::UserSeries::kCounter;
  std::vector<double> bounds;
  friend auto operator<=>(const UserDeclaration&, const UserDeclaration&) = default;
};

struct UserSum {
  double value = 0;
  std::vector<uint64_t> buckets;  // not cumulative
};

struct UserFamily {
  std::string name;
  std::string help;
  UserDeclaration declaration;
  std::map<UserLabels, UserSum> series;
};

// One living worker.
struct UserSource {
  int64_t generation = 0;
  std::vector<UserReading> readings;
};

class UserTotals {
 public:
  // Keeps the last readings of a worker that is gone.
  void Bury(const UserSource& source);

  struct Shown {
    std::vector<UserFamily> families;  // by name
    int64_t conflicts = 0;             // names with several declarations among the living
    int64_t dropped = 0;               // series beyond kMaxSeries
  };
  // Shows each name with the declaration of the newest living generation that has it; if no living
  // worker has it, with the declaration that was shown last.
  Shown Show(const std::vector<UserSource>& living);

  // The most series, of all declarations together, that are kept or shown.
  static constexpr size_t kMaxSeries = 2000;

 private:
  using Key = std::pair<std::string, UserDeclaration>;
  struct Known {
    UserDeclaration declaration;
    std::string help;
  };
  // Makes the reading's declaration the one to show. False if there are too many names.
  bool Know(const UserReading& reading);

  std::map<Key, std::map<UserLabels, UserSum>> dead_;
  size_t dead_series_ = 0;
  int64_t dropped_ = 0;
  std::map<std::string, Known> known_;  // by name: what was shown last
};

}  // namespace rollport::metrics

#endif  // ROLLPORT_METRICS_USER_TOTALS_H_
