#include "controller/accounts/fleet_meters.h"

namespace rollport::controller {

FleetMeters::FleetMeters(const WorkerTable& workers, api::EventLog& events)
    : pages_(workers),
      user_(workers),
      subscription_(events.Subscribe([this](const api::FleetEvent& event) {
        broken_promises_ += event.kind == api::event_kind::kPromiseBroken;
      })) {}

void FleetMeters::Bury(const WorkerProcess& worker, const os::ExitStatus& how,
                       std::optional<int64_t> cut) {
  pages_.Bury(worker, cut);
  user_.Bury(worker);
  lives_.NoteEnd(worker.id(), worker.slot(), worker.killed(), how);
}

void FleetMeters::Show(size_t slots, exposition::Families* out) {
  lives_.ShowRestarts(slots, out);
  lives_.ShowNewcomersFailed(slots, out);
  rolls_.ShowCounts(out);
  lives_.ShowReplacements(out);
  lives_.ShowPhases(out);
  rolls_.ShowLast(out);
  lives_.ShowExits(out);
  lives_.ShowProbes(out);
  pages_.ShowConnectionsAndRequests(out);
  pages_.ShowLatencyOfSlots(slots, out);
  out->Add(exposition::kPromisesBroken, {}, static_cast<double>(broken_promises_));
}

}  // namespace rollport::controller
