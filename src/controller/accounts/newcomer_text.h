// Why a newcomer has failed, in words for people: how its probes went, and what it wrote last.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_NEWCOMER_TEXT_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_NEWCOMER_TEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "base/strong_int.h"
#include "controller/traffic/prober.h"
#include "fleet_file/fleet_settings.h"

namespace rollport::controller {

// A worker that is not ready yet: what is awaited, and what to do if it cannot come.
std::string NotReadyText(fleet_file::Ready ready);
// "all 150 probes failed, the last: HTTP 404 to GET /healthz"
std::string ProbesText(const ProbeRecord& probes);
// "; its last lines: … | …", or where its output is. `lines` is nullopt if that is not known.
std::string LastLinesText(const std::optional<std::vector<std::string>>& lines,
                          const fleet_file::WorkerSettings& settings, SlotId slot,
                          GenerationId generation);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_NEWCOMER_TEXT_H_
