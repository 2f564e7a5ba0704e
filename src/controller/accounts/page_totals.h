// What the workers' pages have counted: the dead added to the living, so that no sum ever goes
// backwards.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_PAGE_TOTALS_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_PAGE_TOTALS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "base/strong_int.h"
#include "controller/process/worker_table.h"
#include "exposition/families.h"
#include "metrics/page_counts.h"

namespace rollport::controller {

class PageTotals {
 public:
  // `workers` is borrowed.
  explicit PageTotals(const WorkerTable& workers) : workers_(workers) {}

  // The worker has ended, and has cut this many connections; nullopt: not known. Reads its page for
  // the last time. The table of workers may still know it afterwards; it is counted once.
  void Bury(const WorkerProcess& worker, std::optional<int64_t> cut);
  // All that the workers have counted so far, the dead ones too.
  metrics::PageCounts Sum();

  // Adds connections and requests.
  void ShowConnectionsAndRequests(exposition::Families* out);
  // Adds the latency of each slot, as the pages were read last. `slots`: how many the fleet has.
  void ShowLatencyOfSlots(size_t slots, exposition::Families* out) const;

 private:
  struct SlotTotals {
    uint64_t requests = 0;
    uint64_t nanos = 0;
    void Add(const metrics::PageCounts& counts);
  };
  // Calls `f` for each worker of the table that is not buried.
  void ForEachLiving(const std::function<void(const WorkerProcess&)>& f) const;
  // Reads the page; no value is less than it was at the last reading.
  const metrics::PageCounts& Read(const WorkerProcess& worker);

  const WorkerTable& workers_;
  std::map<WorkerId, metrics::PageCounts> living_;  // as they were read last
  std::set<WorkerId> buried_;                       // those that the table may still know
  metrics::PageCounts dead_;
  std::map<SlotId, SlotTotals> dead_of_slots_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_PAGE_TOTALS_H_
