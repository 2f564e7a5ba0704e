// Keeps the fleet's record up to date, so that the next controller can take the fleet over if this
// one dies.
#ifndef ROLLPORT_CONTROLLER_RECORD_RECORDER_H_
#define ROLLPORT_CONTROLLER_RECORD_RECORDER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "controller/process/releases.h"
#include "controller/process/worker_table.h"
#include "controller/record/fleet_record.h"
#include "os/deferred.h"
#include "os/event_loop.h"
#include "rollout/plan.h"

namespace rollport::controller {

class Recorder {
 public:
  // What is recorded. The references are borrowed.
  struct Sources {
    const Releases& releases;
    const WorkerTable& workers;
    const rollout::Plan& plan;
    std::string notify_socket;
    std::function<int64_t()> last_roll;
    std::function<std::vector<RecordedProgram>()> programs = [] {
      return std::vector<RecordedProgram>();
    };
  };
  // `on_failed` is called when the record cannot be written; not again while the reason is the
  // same.
  Recorder(os::EventLoop& loop, const std::string& state_dir, Sources sources,
           std::function<void(const std::string& why)> on_failed);

  // Writes the record now.
  void Write();
  // Writes it at the end of this turn of the loop, unless Write() is called before.
  void WriteSoon();

 private:
  FleetRecord Make() const;

  const Sources from_;
  const std::function<void(const std::string&)> on_failed_;
  const std::string boot_;
  FleetRecordFile file_;
  std::string told_;  // why it could not be written; empty if it was
  os::Deferred soon_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RECORD_RECORDER_H_
