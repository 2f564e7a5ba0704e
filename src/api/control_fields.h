// The names of the control API's fields: one list for each struct (json/fields.h).
#ifndef ROLLPORT_API_CONTROL_FIELDS_H_
#define ROLLPORT_API_CONTROL_FIELDS_H_

#include "api/fleet_control.h"
#include "json/fields.h"

namespace rollport::api {

using json::Is;

void Fields(auto& v, Is<CanaryProgress> auto& canary) {
  v("step", canary.step);
  v("of", canary.of);
  v("share", canary.share);
  v("remaining_seconds", canary.remaining);
}

void Fields(auto& v, Is<RollProgress> auto& roll) {
  v("number", roll.number);
  v("kind", roll.kind);
  v("from", roll.from);
  v("to", roll.to);
  v("phase", roll.phase);
  v("reason", roll.reason);
  v("replaced", roll.replaced);
  v("of", roll.of);
  v("seconds", roll.elapsed);
  v("canary", roll.canary);
}

void Fields(auto& v, Is<WorkerStatus> auto& worker) {
  v("slot", worker.slot);
  v("pid", worker.pid);
  v("generation", worker.generation);
  v("state", worker.state);
  v("share", worker.share);
  v("accept_queue", worker.accept_queue);
  v("connections", worker.connections);
  v("counts", worker.counts);
  v("uptime_seconds", worker.uptime);
  v.Sparse("status_text", worker.status_text);
  v.Sparse("trouble", worker.trouble);
}

void Fields(auto& v, Is<WorkerCounts> auto& counts) {
  v("pid", counts.pid);
  v("requests", counts.requests);
  v("errors", counts.errors);
  v("latency", counts.latency);
}

void Fields(auto& v, Is<FleetCounts> auto& counts) {
  v("latency_from_seconds", counts.latency_from);
  v("workers", counts.workers);
}

void Fields(auto& v, Is<SlotFailure> auto& failure) {
  v("slot", failure.slot);
  v("generation", failure.generation);
  v("reason", failure.reason);
  v("seconds_ago", failure.ago);
}

void Fields(auto& v, Is<FleetStatus> auto& status) {
  v("name", status.name);
  v("listen", status.listen);
  v("generation", status.generation);
  v("state", status.state);
  v("slots", status.slots);
  v("healthy_slots", status.healthy_slots);
  v("outdated_slots", status.outdated_slots);
  v("steering", status.steering);
  v("steering_reason", status.steering_reason);
  v("migrate_requests", status.migrate_requests);
  v("controller_pid", status.controller_pid);
  v("workers", status.workers);
  v("foreign_listeners", status.foreign_listeners);
  v("listener_drops", status.listener_drops);
  v.Sparse("failures", status.failures);
  v.Sparse("stray_listeners", status.stray_listeners);
  v.Sparse("record_trouble", status.record_trouble);
  v("roll", status.roll);
}

void Fields(auto& v, Is<Verdict> auto& verdict) {
  v("outcome", verdict.outcome);
  v("generation", verdict.generation);
  v("replaced", verdict.replaced);
  v("seconds", verdict.elapsed);
  v("cut", verdict.cut);
  v("reason", verdict.reason);
}

void Fields(auto& v, Is<FleetEvent> auto& event) {
  v("sequence", event.sequence);
  v("at", event.at);
  v("kind", event.kind);
  v("roll", event.roll);
  v.Sparse("slot", event.slot);
  v.Sparse("generation", event.generation);
  v.Sparse("pid", event.pid);
  v.Sparse("phase", event.phase);
  v.Sparse("duration_seconds", event.duration);
  v.Sparse("message", event.message);
  v.Sparse("failed", event.failed);
  v.Sparse("verdict", event.verdict);
}

void Fields(auto& v, Is<GenerationRecord> auto& generation) {
  v("number", generation.number);
  v("command", generation.command);
  v("taken", generation.taken);
  v("current", generation.current);
  v("served", generation.served);
  v("not_kept", generation.not_kept);
}

void Fields(auto& v, Is<PhaseRecord> auto& phase) {
  v("slot", phase.slot);
  v("generation", phase.generation);
  v("phase", phase.phase);
  v("start_seconds", phase.start);
  v("seconds", phase.length);
}

void Fields(auto& v, Is<os::TcpCounters> auto& counters) {
  v("listen_overflows", counters.listen_overflows);
  v("listen_drops", counters.listen_drops);
  v("migrate_request_success", counters.migrate_request_success);
  v("migrate_request_failure", counters.migrate_request_failure);
}

void Fields(auto& v, Is<KernelLedger> auto& kernel) {
  v("before", kernel.before);
  v("after", kernel.after);
}

void Fields(auto& v, Is<RollRecord> auto& roll) {
  v("number", roll.number);
  v("kind", roll.kind);
  v("from", roll.from);
  v("to", roll.to);
  v("began", roll.began);
  v("verdict", roll.verdict);
  v("handed_over", roll.handed_over);
  v("kernel", roll.kernel);
  v("phases", roll.phases);
}

void Fields(auto& v, Is<FleetHistory> auto& history) {
  v("generations", history.generations);
  v("rolls", history.rolls);
}

}  // namespace rollport::api

#endif  // ROLLPORT_API_CONTROL_FIELDS_H_
