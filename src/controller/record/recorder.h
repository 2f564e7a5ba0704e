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
    std::function<std::string()> roll_kind = [] { return std::string("roll"); };
    std::function<std::vector<RecordedProgram>()> programs = [] {
      return std::vector<RecordedProgram>();
    };
  };
  // While the record cannot be written it is tried again every second. `on_trouble` is called when
  // that begins, when the reason changes, and every 10 minutes; with an empty text when it is over.
  Recorder(os::EventLoop& loop, const std::string& state_dir, Sources sources,
           std::function<void(const std::string& why)> on_trouble);
  // Why the record could not be written the last time; empty if it was.
  const std::string& trouble() const { return trouble_; }

  // Writes the record now.
  void Write();
  // Writes it at the end of this turn of the loop, or 50 µs for each worker after it was written
  // last if that is later, unless Write() is called before.
  void WriteSoon();

 private:
  FleetRecord Make() const;

  os::EventLoop& loop_;
  const Sources from_;
  const std::function<void(const std::string&)> on_trouble_;
  const std::string boot_;
  FleetRecordFile file_;
  std::string trouble_;
  Instant told_;  // of the trouble
  Instant written_;
  os::Deferred soon_;
  os::Timer next_;
  os::Timer again_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RECORD_RECORDER_H_
