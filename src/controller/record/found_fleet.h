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
};

// The recorded processes that still run, recognised by pid, start time and user. Does nothing to
// them.
std::vector<FoundProcess> FindProcesses(const FleetRecord& record);

// The fleet of these settings as the record in `file` describes it, with every worker that still
// runs; nullopt if there is no record or no worker runs. If a record is ignored and a person should
// know, sets `trouble` to why. REQUIRES: the lock of its state_dir is held.
std::optional<FoundFleet> FindFleet(const FleetRecordFile& file,
                                    const fleet_file::FleetSettings& settings,
                                    std::string* trouble);

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
