#include "controller/traffic/prober.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace rollport::controller {
namespace {

// How soon to ask again for a worker that has no known index yet, or that the hash did not choose.
constexpr absl::Duration kAgain = absl::Milliseconds(2);

}  // namespace

Prober::Prober(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, Steerer& steerer,
               WorkerId worker, std::vector<os::SocketAddress> addresses,
               fleet_file::HealthSettings settings, Report report)
    : loop_(loop),
      diag_(diag),
      workers_(workers),
      steerer_(steerer),
      worker_(worker),
      addresses_(std::move(addresses)),
      settings_(std::move(settings)),
      report_(std::move(report)),
      round_(loop, [this] { Round(); }),
      again_(loop, [this] { ProbeNext(); }) {
  round_.After(absl::ZeroDuration());
}

void Prober::Round() {
  round_began_ = loop_.Now();
  next_ = 0;
  ProbeNext();
}

void Prober::ProbeNext() {
  if (next_ == addresses_.size()) return EndRound(true, "");
  Group& group = NextGroup();
  if (loop_.Now() >= round_began_ + settings_.timeout) {
    return EndRound(false,
                    absl::StrCat("no probe of ", group.address().ToString(), " reached it within ",
                                 absl::FormatDuration(settings_.timeout)));
  }
  const bool by_hash = !group.trouble().empty();
  ProbeSpec spec{.server = group.ProbeServer(),
                 .source = group.ProbeSource(worker_),
                 .path = settings_.path,
                 .timeout = settings_.timeout};
  // It does not listen here yet, or its place is in doubt.
  if (!spec.source.has_value() && !by_hash) return again_.After(kAgain);
  if (identify_ || by_hash) {
    spec.is_wanted = [this](uint64_t inode) {
      const WorkerProcess* worker = workers_.Find(worker_);
      return worker != nullptr && workers_.OwnerIn(*worker, inode).has_value();
    };
  }
  probe_ = std::make_unique<Probe>(
      loop_, diag_, std::move(spec),
      [this](ProbeVerdict verdict, const std::string& detail) { OnProbe(verdict, detail); });
}

// The group of an address is there as long as a worker is probed through it.
Group& Prober::NextGroup() {
  Group* group = steerer_.Find(addresses_[next_]);
  RP_CHECK(group != nullptr, addresses_[next_].ToString());
  return *group;
}

void Prober::OnProbe(ProbeVerdict verdict, const std::string& detail) {
  const std::unique_ptr<Probe> done = std::move(probe_);
  Group& group = NextGroup();
  switch (verdict) {
    case ProbeVerdict::kGood:
      ++next_;
      return ProbeNext();
    case ProbeVerdict::kBad:
      return EndRound(false, detail);
    case ProbeVerdict::kMisdirected:
      if (group.trouble().empty()) group.Doubt();
      return again_.After(kAgain);
  }
}

void Prober::EndRound(bool good, const std::string& detail) {
  round_.At(round_began_ + settings_.interval);
  report_(good, detail);
}

}  // namespace rollport::controller
