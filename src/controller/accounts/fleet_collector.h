// Collects what a scrape of the fleet shows.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_COLLECTOR_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_COLLECTOR_H_

#include <string>
#include <vector>

#include "api/fleet_control.h"
#include "controller/accounts/chronicle.h"
#include "controller/accounts/fleet_meters.h"
#include "controller/accounts/fleet_view.h"
#include "controller/accounts/kernel_connections.h"
#include "controller/accounts/worker_scraper.h"
#include "controller/process/releases.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/traffic.h"
#include "exposition/families.h"
#include "exposition/foreign.h"
#include "os/event_loop.h"
#include "prometheus/collectable.h"
#include "rollout/plan.h"

namespace rollport::controller {

class FleetCollector : public prometheus::Collectable {
 public:
  // `meters` is borrowed, as the sources are.
  FleetCollector(const FleetSources& sources, FleetMeters& meters);

  // Begins and ends the scraping of workers that have metrics of their own, and the counting of
  // sockets.
  void Start();
  void Stop();

  // Reads the kernel's tables, as FleetView::Status() does.
  std::vector<prometheus::MetricFamily> Collect() const override;
  // The workers' own metrics, as of the last Collect().
  const exposition::ForeignFamilies& foreign() const { return scraper_.merged(); }

 private:
  std::vector<WorkerScraper::Target> ScrapeTargets() const;
  void ShowFleet(const api::FleetStatus& status, exposition::Families* out) const;
  void ShowListeners(exposition::Families* out) const;
  void ShowSockets(exposition::Families* out) const;

  const FleetSources from_;
  const FleetView view_;
  FleetMeters& meters_;
  // mutable because Collect() merges the answers that have come since the last time.
  mutable WorkerScraper scraper_;
  KernelConnections connections_;
  const Instant started_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_COLLECTOR_H_
