// The reader's side of a worker's page: its present values, in a form that can be summed.
#ifndef ROLLPORT_METRICS_PAGE_COUNTS_H_
#define ROLLPORT_METRICS_PAGE_COUNTS_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "protocol/mapped_page.h"
#include "protocol/worker_page.h"

namespace rollport::metrics {

// The counters: values that only go up.
struct PageCounts {
  uint64_t connections_accepted = 0;
  uint64_t connections_ended = 0;
  uint64_t connections_cut = 0;
  // Only in sums over workers: those of whom it is not known how many connections they have cut.
  uint64_t cut_unknown = 0;
  uint64_t connections_handed_over = 0;
  std::array<uint64_t, 6> responses = {};
  uint64_t probe_requests = 0;
  uint64_t latency_nanos = 0;
  std::array<uint64_t, protocol::kLatencyBuckets> latency = {};

  void Add(const PageCounts& other);
  // Takes the larger of each pair: a worker that overwrites its page must not make a sum go
  // backwards.
  void RaiseTo(const PageCounts& other);
  // The sum of `responses`.
  uint64_t requests() const;
  // The requests whose duration is counted: all except those of workers with a version 1 page.
  uint64_t measured() const;
  friend bool operator==(const PageCounts&, const PageCounts&) = default;
};

// All zeros if the page is not in use.
PageCounts ReadCounts(const protocol::MappedPage& page);

// One series that user code counts in one page.
struct UserReading {
  protocol::UserSeries::Type type = protocol::UserSeries::kCounter;
  std::string name;
  std::string help;
  std::vector<std::pair<std::string, std::string>> labels;  // by rising name
  std::vector<double> bounds;
  double value = 0;               // the sum of a histogram
  std::vector<uint64_t> buckets;  // not cumulative; one more than `bounds`
};

// Adds to `*unreadable` the number of series that break a rule, because a worker may have
// overwritten them; they are left out.
std::vector<UserReading> ReadUserSeries(const protocol::MappedPage& page, int64_t* unreadable);

}  // namespace rollport::metrics

#endif  // ROLLPORT_METRICS_PAGE_COUNTS_H_
