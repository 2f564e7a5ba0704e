// Who is left of a fleet whose controller has died.
#ifndef ROLLPORT_CONTROLLER_RECORD_FOUND_FLEET_H_
#define ROLLPORT_CONTROLLER_RECORD_FOUND_FLEET_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/record/fleet_record.h"
#include "os/child.h"
#include "protocol/mapped_page.h"

namespace rollport::controller {

// A worker that still runs.
struct LeftWorker {
  RecordedWorker record;
  os::Child process;
  protocol::MappedPage page;  // of our own, and never in use, where the worker has none
  absl::Duration age;
};

struct LeftFleet {
  FleetRecord record;
  std::vector<LeftWorker> workers;  // by age, oldest first
};

// Those processes of the record that still run: known by pid, start time and user. Nothing of them
// is changed.
std::vector<LeftWorker> FindLeftWorkers(const FleetRecord& record);

// The fleet of these settings as its record in `file` has it, with everybody who is left; nullopt
// where there is no record or nobody is left. `trouble` is set where a person should know why a
// record is ignored. REQUIRES: the lock of its state_dir is held.
std::optional<LeftFleet> FindLeftFleet(const FleetRecordFile& file,
                                       const fleet_file::FleetSettings& settings,
                                       std::string* trouble);

// Kills those whom the dead controller had launched and not noted yet: they lead a group of
// processes, have been told `notify_socket`, and are none of `known` nor of theirs. None of them
// has ever been given a share.
void EndStrays(const std::string& notify_socket, const std::vector<pid_t>& known);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RECORD_FOUND_FLEET_H_
