// Decides whether a canary is worse than the generation that it may replace, by what both have
// served in the same time.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_CANARY_JUDGE_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_CANARY_JUDGE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "fleet_file/fleet_settings.h"
#include "protocol/latency.h"
#include "protocol/mapped_page.h"

namespace rollport::controller {

// What some workers have served.
struct Served {
  uint64_t requests = 0;
  uint64_t errors = 0;                                        // answered 5xx
  std::array<uint64_t, protocol::kLatencyBuckets> latency{};  // by LatencyBucket()

  // What one worker has served so far, by its page; zeros if the page counts no latencies.
  static Served Read(const protocol::MappedPage& page);
  Served& operator+=(const Served& other);
  // REQUIRES: `earlier` was read from pages of the same workers.
  Served& operator-=(const Served& earlier);

  double error_ratio() const;  // 0 to 1
  // 90th-percentile latency in nanoseconds, to within a quarter; 0 without requests.
  uint64_t p90_nanos() const;
};

// Explains, for people, why the canary is worse than `limits` allow; nullopt if it is not, or if
// either side has served fewer than canary_min_requests.
std::optional<std::string> WhyWorse(const Served& canary, const Served& former,
                                    const fleet_file::RollSettings& limits);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_CANARY_JUDGE_H_
