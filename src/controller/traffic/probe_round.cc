#include "controller/traffic/probe_round.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace rollport::controller {

using rollout::ProbeResult;

namespace {

// How soon to try again if the worker has no known index yet, or the hash did not choose it.
constexpr absl::Duration kAgain = absl::Milliseconds(2);

}  // namespace

ProbeRound::ProbeRound(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers,
                       Steerer& steerer, ProbeTarget target, Done done)
    : loop_(loop),
      diag_(diag),
      workers_(workers),
      steerer_(steerer),
      target_(std::move(target)),
      done_(std::move(done)),
      kept_(target_.addresses.size()),
      again_(loop, [this] { ProbeNext(); }) {}

void ProbeRound::Begin() {
  began_ = loop_.Now();
  const size_t all = target_.addresses.size();
  next_ = steady_ ? end_ % all : 0;
  end_ = steady_ ? next_ + 1 : all;
  under_way_ = true;
  ProbeNext();
}

void ProbeRound::Finish(rollout::ProbeResult result, const std::string& detail) {
  under_way_ = false;
  done_(result, detail);
}

os::UniqueFd ProbeRound::Keep(ProbeSpec* spec) {
  Kept& kept = kept_[next_];
  // Over IPv6 a probe comes from one of a few ports, so its connection is not kept, and the server
  // closes it. A worker that has another index now may not be the one that has accepted this one.
  const bool by_port = spec->source.has_value() && spec->source->port() != 0;
  const bool goes_on = steady_ && !by_port && !spec->is_wanted && !spec->path.empty();
  if (!goes_on || kept.source != spec->source) kept = {.source = spec->source};
  spec->keep = goes_on && kept.probes + 1 < kProbesPerConnection;
  return std::move(kept.connection);
}

void ProbeRound::ProbeNext() {
  if (next_ == end_) return Finish(ProbeResult::kGood, "");
  Group& group = NextGroup();
  if (loop_.Now() >= began_ + target_.timeout) {
    return Finish(ProbeResult::kBad,
                  absl::StrCat("no probe of ", group.address().ToString(), " reached it within ",
                               absl::FormatDuration(target_.timeout)));
  }
  const bool by_hash = !group.trouble().empty();
  ProbeSpec spec{.server = group.ProbeServer(),
                 .source = group.ProbeSource(target_.worker),
                 .path = target_.path,
                 .timeout = target_.timeout};
  // It does not listen here yet, or its index is in doubt.
  if (!spec.source.has_value() && !by_hash) return again_.After(kAgain);
  if (identify_ || by_hash) {
    spec.is_wanted = [this](uint64_t inode) {
      return SocketOwners(workers_).In(target_.worker, inode).has_value();
    };
  }
  os::UniqueFd kept = Keep(&spec);
  kept_[next_].changes = group.changes();
  kept_[next_].identified = static_cast<bool>(spec.is_wanted);
  probe_ = std::make_unique<Probe>(
      loop_, diag_, std::move(spec),
      [this](ProbeVerdict verdict, const std::string& detail) { OnProbe(verdict, detail); },
      std::move(kept));
}

Group& ProbeRound::NextGroup() {
  Group* group = steerer_.Find(target_.addresses[next_]);
  RP_CHECK(group != nullptr, target_.addresses[next_].ToString());
  return *group;
}

void ProbeRound::OnProbe(ProbeVerdict verdict, const std::string& detail) {
  // Until the end of this function, which the probe calls.
  const std::unique_ptr<Probe> done = std::move(probe_);
  switch (verdict) {
    case ProbeVerdict::kGood: {
      Kept& kept = kept_[next_];
      kept.connection = done->TakeConnection();
      kept.probes = kept.connection.valid() ? kept.probes + 1 : 0;
      ++next_;
      return ProbeNext();
    }
    case ProbeVerdict::kBad: {
      const Kept last = std::exchange(kept_[next_], {});
      // It may have come to another listener.
      const bool retry = !last.identified && NextGroup().HasChangedSince(last.changes);
      return retry ? again_.After(kAgain) : Finish(ProbeResult::kBad, detail);
    }
    case ProbeVerdict::kSilent:
      kept_[next_] = {};
      return Finish(ProbeResult::kSilent, detail);
    case ProbeVerdict::kMisdirected:
      if (!NextGroup().HasChangedSince(kept_[next_].changes) && NextGroup().trouble().empty()) {
        NextGroup().Doubt();
      }
      return again_.After(kAgain);
  }
}

}  // namespace rollport::controller
