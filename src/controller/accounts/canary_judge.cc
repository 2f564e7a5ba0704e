#include "controller/accounts/canary_judge.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace rollport::controller {
namespace {

// Below this the times of two processes differ by how warm their caches are.
constexpr uint64_t kLeastSlowerNanos = 1'000'000;

template <typename Op>
void EachCount(Served& a, const Served& b, Op op) {
  op(a.requests, b.requests);
  op(a.errors, b.errors);
  for (size_t i = 0; i < a.latency.size(); ++i) op(a.latency[i], b.latency[i]);
}

std::string Time(uint64_t nanos) {
  return absl::StrFormat("%.3g ms", static_cast<double>(nanos) / 1e6);
}

}  // namespace

Served Served::Read(const protocol::MappedPage& page) {
  Served served;
  if (!page.Has(2)) return served;
  for (const protocol::PageValue& count : page->responses) served.requests += count.Get();
  served.errors = page->responses[5].Get();
  for (size_t i = 0; i < served.latency.size(); ++i) served.latency[i] = page->latency[i].Get();
  return served;
}

Served& Served::operator+=(const Served& other) {
  EachCount(*this, other, [](uint64_t& a, uint64_t b) { a += b; });
  return *this;
}

Served& Served::operator-=(const Served& earlier) {
  EachCount(*this, earlier, [](uint64_t& a, uint64_t b) { a -= b; });
  return *this;
}

double Served::error_ratio() const {
  return requests == 0 ? 0 : static_cast<double>(errors) / static_cast<double>(requests);
}

uint64_t Served::p90_nanos() const {
  uint64_t all = 0;
  for (const uint64_t count : latency) all += count;
  uint64_t below = 0;
  for (size_t i = 0; i < latency.size(); ++i) {
    below += latency[i];
    if (below > 0 && below * 10 >= all * 9) return protocol::LatencyBound(i + 1);
  }
  return 0;
}

std::optional<std::string> WhyWorse(const Served& canary, const Served& former,
                                    const fleet_file::RollSettings& limits) {
  const auto enough = static_cast<uint64_t>(limits.canary_min_requests);
  if (canary.requests < enough || former.requests < enough) return std::nullopt;
  const double errors = 100 * canary.error_ratio();
  const double usual = 100 * former.error_ratio();
  if (errors > usual + limits.canary_errors) {
    return absl::StrFormat(
        "the canary answers %.3g %% of requests with 5xx (%d of %d), the former generation %.3g "
        "%%; "
        "canary_errors allows %g more",
        errors, canary.errors, canary.requests, usual, limits.canary_errors);
  }
  const uint64_t slow = canary.p90_nanos();
  const uint64_t as_usual = former.p90_nanos();
  if (static_cast<double>(slow) > static_cast<double>(as_usual) * limits.canary_latency &&
      slow > as_usual + kLeastSlowerNanos) {
    return absl::StrFormat(
        "90 %% of the canary's %d requests take up to %s, the former generation's %s; "
        "canary_latency allows %g times that",
        canary.requests, Time(slow), Time(as_usual), limits.canary_latency);
  }
  return std::nullopt;
}

}  // namespace rollport::controller
