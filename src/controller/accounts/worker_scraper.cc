#include "controller/accounts/worker_scraper.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fleet_file/metrics_place.h"

namespace rollport::controller {
namespace {

constexpr absl::Duration kEvery = absl::Seconds(2);
constexpr absl::Duration kTimeout = absl::Seconds(1);
constexpr size_t kMaxSeries = 2000;
constexpr size_t kAtOnce = 8;

}  // namespace

WorkerScraper::WorkerScraper(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers,
                             Steerer& steerer, std::function<std::vector<Target>()> targets)
    : loop_(loop),
      diag_(diag),
      workers_(workers),
      steerer_(steerer),
      targets_(std::move(targets)),
      round_(loop, [this] { Round(); }) {}

void WorkerScraper::Stop() {
  round_.Cancel();
  waiting_.clear();
  asking_.clear();
}

void WorkerScraper::Round() {
  round_.After(kEvery);
  const std::vector<Target> targets = targets_();
  std::set<int> slots;
  for (const Target& target : targets) slots.insert(target.slot);
  std::erase_if(results_, [&](const auto& r) { return !slots.contains(r.first); });
  waiting_.assign(targets.begin(), targets.end());
  AskNext();
}

void WorkerScraper::AskNext() {
  while (!waiting_.empty() && asking_.size() < kAtOnce) {
    const Target target = std::move(waiting_.front());
    waiting_.pop_front();
    if (!asking_.contains(target.slot)) Ask(target);
  }
}

// nullopt if a scrape might reach another worker just now.
std::optional<ProbeSpec> WorkerScraper::SpecFor(const Target& target) {
  const absl::StatusOr<fleet_file::MetricsPlace> place =
      fleet_file::ResolveMetrics(target.metrics, target.slot);
  if (!place.ok()) return std::nullopt;
  ProbeSpec spec{.path = place->path, .timeout = kTimeout};
  if (place->address.has_value()) {
    spec.server = *place->address;
    return spec;
  }
  if (steerer_.groups().empty()) return std::nullopt;
  Group& group = *steerer_.groups().front();
  spec.server = group.ProbeServer();
  spec.source = group.ProbeSource(target.worker);
  if (spec.source.has_value()) return spec;
  if (group.trouble().empty()) return std::nullopt;
  // The kernel's hash chooses the worker; an answer of another one is not taken.
  spec.is_wanted = [this, id = target.worker](uint64_t inode) {
    return SocketOwners(workers_).In(id, inode).has_value();
  };
  return spec;
}

void WorkerScraper::Ask(const Target& target) {
  std::optional<ProbeSpec> spec = SpecFor(target);
  if (!spec.has_value()) return;
  const auto body = std::make_shared<std::string>();
  spec->body = body;
  const int slot = target.slot;
  asking_[slot] = std::make_unique<Probe>(
      loop_, diag_, *std::move(spec), [this, slot, body](ProbeVerdict verdict, const std::string&) {
        const std::unique_ptr<Probe> done = std::move(asking_[slot]);
        asking_.erase(slot);
        if (verdict == ProbeVerdict::kGood) Take(slot, *body);
        const bool failed = verdict == ProbeVerdict::kBad || verdict == ProbeVerdict::kSilent;
        if (failed) results_[slot] = {};
        AskNext();
      });
}

void WorkerScraper::Take(int slot, const std::string& text) {
  Result result;
  absl::StatusOr<exposition::ForeignScrape> scrape =
      exposition::ParseExposition(text, kMaxSeries, &result.dropped);
  result.good = scrape.ok();
  if (scrape.ok()) result.scrape = *std::move(scrape);
  results_[slot] = std::move(result);
}

void WorkerScraper::Show(std::string_view fleet, exposition::Families* out) {
  const std::set<std::string> taken = out->Names();
  merged_ = {};
  int64_t dropped = 0;
  for (const auto& [slot, result] : results_) {
    merged_.Add(slot, fleet, result.scrape, taken);
    dropped += result.dropped;
    out->Add(exposition::kScrapeUp, {absl::StrCat(slot)}, result.good ? 1 : 0);
  }
  if (results_.empty()) return;
  out->Add(exposition::kScrapeDropped, {}, static_cast<double>(dropped + merged_.dropped()));
}

}  // namespace rollport::controller
