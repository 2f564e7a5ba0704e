// Scrapes workers that have metrics of their own (worker.metrics) every 2 s, and keeps the last
// answer of each slot. Bounded in bytes (1 MiB), time (1 s) and series (2000) for each worker; an
// answer that cannot be read counts as a failed scrape.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_WORKER_SCRAPER_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_WORKER_SCRAPER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/process/worker_table.h"
#include "controller/traffic/probe.h"
#include "controller/traffic/steerer.h"
#include "exposition/families.h"
#include "exposition/foreign.h"
#include "os/address.h"
#include "os/event_loop.h"

namespace rollport::controller {

class WorkerScraper {
 public:
  struct Target {
    WorkerId worker;
    int slot = 0;
    std::string metrics;  // worker.metrics
  };
  // `targets` returns the workers that serve now and have metrics. All references are borrowed.
  WorkerScraper(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, Steerer& steerer,
                std::function<std::vector<Target>()> targets);

  void Start() { round_.After(absl::ZeroDuration()); }
  void Stop();

  // Merges the last answers, without the families whose name is taken in `out` already, and adds to
  // `out` how the scrapes went. Adds nothing if no worker has metrics.
  void Show(std::string_view fleet, exposition::Families* out);
  const exposition::ForeignFamilies& merged() const { return merged_; }

 private:
  struct Result {
    bool good = false;
    exposition::ForeignScrape scrape;
    int64_t dropped = 0;
  };
  void Round();
  void AskNext();
  void Ask(const Target& target);
  std::optional<ProbeSpec> SpecFor(const Target& target);
  void Take(int slot, const std::string& text);

  os::EventLoop& loop_;
  os::SockDiag& diag_;
  WorkerTable& workers_;
  Steerer& steerer_;
  const std::function<std::vector<Target>()> targets_;
  os::Timer round_;
  std::deque<Target> waiting_;
  std::map<int, std::unique_ptr<Probe>> asking_;  // by slot
  std::map<int, Result> results_;                 // by slot
  exposition::ForeignFamilies merged_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_WORKER_SCRAPER_H_
