// The fields of a fleet's record, one list for each struct (json/fields.h). Each struct is
// unpacked as a whole, so a field that is added to it and forgotten here does not compile.
#ifndef ROLLPORT_CONTROLLER_RECORD_FLEET_RECORD_FIELDS_H_
#define ROLLPORT_CONTROLLER_RECORD_FLEET_RECORD_FIELDS_H_

#include "controller/record/fleet_record.h"
#include "json/fields.h"
#include "json/format.h"
#include "json/value.h"

namespace rollport::controller::record {

// Raised when the record changes its meaning; a record of another version is not read.
inline constexpr int kVersion = 1;

// Every value is exact, because the next controller goes on with it. The lists of fields are looked
// up in its namespace.
struct RecordFormat
    : json::Format<json::Sorted, json::DurationAsText, json::TimeAsNanoseconds, json::TextAsBytes> {
};

using json::Is;

void Fields(auto& v, Is<os::Credentials> auto& who) {
  auto& [uid, gid, groups] = who;
  v("uid", uid);
  v("gid", gid);
  v("groups", groups);
}

void Fields(auto& v, Is<os::ResourceLimit> auto& limit) {
  auto& [resource, value] = limit;
  v("resource", resource);
  v("value", value);
}

void Fields(auto& v, Is<os::ProcessSettings> auto& process) {
  auto& [credentials, ambient, umask, limits, cpus] = process;
  v("credentials", credentials);
  v("ambient", ambient);
  v("umask", umask);
  v("limits", limits);
  v("cpus", cpus);
}

void Fields(auto& v, Is<fleet_file::Output> auto& output) {
  auto& [kind, path] = output;
  v("kind", kind);
  v("path", path);
}

void Fields(auto& v, Is<fleet_file::WorkerSettings> auto& settings) {
  auto& [command, listener, listener_fd, ready, env, stop_signal, watchdog, process, cpus,
         working_dir, metrics, out, err] = settings;
  v("command", command);
  v("listener", listener);
  v("listener_fd", listener_fd);
  v("ready", ready);
  v("env", env);
  v("stop_signal", stop_signal);
  v("watchdog", watchdog);
  v("process", process);
  v("cpus", cpus);
  v("working_dir", working_dir);
  v("metrics", metrics);
  v("stdout", out);
  v("stderr", err);
}

void Fields(auto& v, Is<fleet_file::HealthSettings> auto& health) {
  auto& [path, interval, steady_interval, timeout, healthy_after, unhealthy_after] = health;
  v("path", path);
  v("interval", interval);
  v.Sparse("steady_interval", steady_interval);  // earlier controllers did not write it
  v("timeout", timeout);
  v("healthy_after", healthy_after);
  v("unhealthy_after", unhealthy_after);
}

void Fields(auto& v, Is<fleet_file::CanaryStep> auto& step) {
  auto& [per_cent, hold] = step;
  v("per_cent", per_cent);
  v("hold", hold);
}

void Fields(auto& v, Is<fleet_file::RollSettings> auto& roll) {
  auto& [surge, min_healthy_time, watch, healthy_deadline, handshake_timeout, drain_timeout,
         auto_revert, canary, canary_min_requests, canary_errors, canary_latency,
         keep_generations] = roll;
  v("surge", surge);
  v("min_healthy_time", min_healthy_time);
  v.Sparse("watch", watch);
  v("healthy_deadline", healthy_deadline);
  v("handshake_timeout", handshake_timeout);
  v("drain_timeout", drain_timeout);
  v("auto_revert", auto_revert);
  v("canary", canary);
  v("canary_min_requests", canary_min_requests);
  v("canary_errors", canary_errors);
  v("canary_latency", canary_latency);
  v("keep_generations", keep_generations);
}

void Fields(auto& v, Is<fleet_file::FleetSettings> auto& settings) {
  auto& [file, directory, name, listen, workers, admin, admin_hosts, state_dir, worker, health,
         roll] = settings;
  v("file", file);
  v("directory", directory);
  v("name", name);
  v("listen", listen);
  v("workers", workers);
  v("admin", admin);
  v.Sparse("admin_hosts", admin_hosts);
  v("state_dir", state_dir);
  v("worker", worker);
  v("health", health);
  v("roll", roll);
}

void Fields(auto& v, Is<FileIdentity> auto& file) {
  auto& [device, inode, size, mtime, ctime] = file;
  v("device", device);
  v("inode", inode);
  v("size", size);
  v("mtime", mtime);
  v("ctime", ctime);
}

void Fields(auto& v, Is<GenerationMemo> auto& memo) {
  auto& [number, command, env, directory, path, not_kept, file, trust_path, bytes] = memo;
  v("number", number);
  v("command", command);
  v("env", env);
  v("directory", directory);
  v("path", path);
  v("not_kept", not_kept);
  v("file", file);
  v("trust_path", trust_path);
  v("bytes", bytes);
}

void Fields(auto& v, Is<RecordedGeneration> auto& generation) {
  auto& [memo, settings, listen, workers, taken, served] = generation;
  v("generation", memo);
  v("settings", settings);
  v("listen", listen);
  v("workers", workers);
  v("taken", taken);
  v("served", served);
}

void Fields(auto& v, Is<RecordedWorker> auto& worker) {
  auto& [pid, start_time, slot, generation, state, deadline_nanos] = worker;
  v("pid", pid);
  v("start_time", start_time);
  v("slot", slot);
  v("generation", generation);
  v("state", state);
  v("deadline_nanos", deadline_nanos);
}

void Fields(auto& v, Is<RecordedProgram> auto& program) {
  auto& [address, members] = program;
  v("address", address);
  v("members", members);
}

void Fields(auto& v, Is<RecordedRoll> auto& roll) {
  auto& [kind, outcome, reason] = roll;
  v("kind", kind);
  v.Sparse("outcome", outcome);
  v.Sparse("reason", reason);
}

void Fields(auto& v, Is<FleetRecord> auto& record) {
  auto& [boot, controller, notify_socket, settings, generation, last_generation, last_roll,
         rolling_to, roll, slots, generations, workers, programs] = record;
  v("boot", boot);
  v("controller", controller);
  v("notify_socket", notify_socket);
  v("settings", settings);
  v("generation", generation);
  v("last_generation", last_generation);
  v("last_roll", last_roll);
  v("rolling_to", rolling_to);
  v.Sparse("roll", roll);
  v("slots", slots);
  v("generations", generations);
  v("workers", workers);
  v.Sparse("programs", programs);  // the first records have none
}

}  // namespace rollport::controller::record

#endif  // ROLLPORT_CONTROLLER_RECORD_FLEET_RECORD_FIELDS_H_
