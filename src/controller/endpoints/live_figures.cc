#include "controller/endpoints/live_figures.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "base/strings.h"
#include "controller/endpoints/live_status.h"
#include "os/netstat.h"

namespace rollport::controller {
namespace {

constexpr absl::Duration kEverySecond = absl::Seconds(1);

int64_t HostDrops() {
  const auto counters = os::ReadTcpCounters();
  return counters.ok() ? counters->listen_drops : 0;
}

// The number in "after=N"; 0 for any other query.
int64_t AfterIn(std::string_view query) {
  constexpr std::string_view kAfter = "after=";
  int64_t number = 0;
  const bool known =
      query.starts_with(kAfter) && absl::SimpleAtoi(ToAbsl(query.substr(kAfter.size())), &number);
  return known ? number : 0;
}

}  // namespace

LiveFigures::LiveFigures(os::EventLoop& loop, Sources sources)
    : loop_(loop),
      sources_(std::move(sources)),
      host_drops_before_(HostDrops()),
      timer_(loop, [this] { TakePoint(); }) {
  TakePoint();
}

void LiveFigures::TakePoint() {
  figures_.Take(loop_.Now(), absl::Now(), sources_.totals());
  timer_.After(kEverySecond);
}

admin::Response LiveFigures::Answer(const admin::Request& request) {
  return {.content_type = "application/json",
          .body = LiveStatusJson({.status = sources_.fleet.Status(),
                                  .totals = sources_.totals(),
                                  .host_drops = HostDrops() - host_drops_before_,
                                  .last_event = sources_.fleet.events().last(),
                                  .last_roll = sources_.last_roll(),
                                  .points = figures_.After(AfterIn(request.query()))}) +
                  "\n",
          .fields = {{"Cache-Control", "no-store"}}};
}

}  // namespace rollport::controller
