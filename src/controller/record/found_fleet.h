// Finds the workers that outlived the controller which launched them, and what its record says of
// them.
#ifndef ROLLPORT_CONTROLLER_RECORD_FOUND_FLEET_H_
#define ROLLPORT_CONTROLLER_RECORD_FOUND_FLEET_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "controller/process/releases.h"
#include "controller/record/fleet_record.h"
#include "os/child.h"
#include "protocol/mapped_page.h"

namespace rollport::controller {

// A worker that still runs.
struct FoundProcess {
  RecordedWorker record;
  os::Child process;
  protocol::MappedPage page;  // of our own, and never in use, if the worker has none
  absl::Duration age;
};

struct FoundFleet {
  FleetRecord record;
  std::vector<FoundProcess> workers;  // by age, oldest first
  // The controller that died could not write its last record: workers that are not in this one may
  // serve.
  bool out_of_date = false;
};

// The recorded processes that still run, recognised by pid, start time, user and WorkerMarks. Does
// nothing to them. Those that have the first three and not the marks, or that this process may not
// look into, are added to `strangers`.
std::vector<FoundProcess> FindProcesses(const FleetRecord& record,
                                        std::vector<RecordedWorker>* strangers);

struct Search {
  // With every worker that still runs; nullopt if there is no record or no worker runs.
  std::optional<FoundFleet> fleet;
  // Why fleet.state is not used, or not as it should be, if a person should know; with the
  // processes that are not taken over, and what to do with them. Else empty.
  std::string trouble;
  // Processes that the record names and that are left alone: see FindProcesses.
  std::vector<RecordedWorker> strangers;
};

// The fleet of these settings as the record in `file` describes it, or, if that cannot be read, the
// former one. REQUIRES: the lock of its state_dir is held.
Search FindFleet(const FleetRecordFile& file, const fleet_file::FleetSettings& settings);

// The recorded generations. One whose bytes are lost is left out, unless a worker runs it or the
// fleet goes back to it. The settings are those of the record, except `admin` and `admin_hosts`,
// which are those of `now`. An error names an address that cannot be parsed.
absl::StatusOr<Releases> RestoreReleases(const FoundFleet& found,
                                         const fleet_file::FleetSettings& now);

// Kills workers that the dead controller launched but had not recorded: leaders of a process group
// whose environment has NOTIFY_SOCKET=`notify_socket`. None of them has ever had a share. The main
// processes of the workers that are `known`, their ancestors and the leaders of their groups are
// spared, and all that descend from any of these.
void EndStrays(const std::string& notify_socket, const std::vector<pid_t>& known);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RECORD_FOUND_FLEET_H_
