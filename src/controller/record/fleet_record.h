// What the next controller of a fleet needs to know if this one dies: STATE_DIR/fleet.state.
//
// The file is JSON, mode 0600, in a folder of our own. It is replaced as a whole (rename(2)), so a
// reader finds either the former or the new one. The one before it is kept as fleet.state.old. They
// describe processes, so they are valid only within one boot of the kernel.
#ifndef ROLLPORT_CONTROLLER_RECORD_FLEET_RECORD_H_
#define ROLLPORT_CONTROLLER_RECORD_FLEET_RECORD_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/sorted_map.h"
#include "controller/process/generation.h"
#include "fleet_file/fleet_settings.h"

namespace rollport::controller {

struct RecordedWorker {
  pid_t pid = 0;
  uint64_t start_time = 0;  // os::StartTime: with the pid it names one process
  int slot = 0;
  int64_t generation = 0;
  std::string state;           // rollout::Name(WorkerState)
  int64_t deadline_nanos = 0;  // the Instant at which its state times out, on this boot's clock
  friend bool operator==(const RecordedWorker&, const RecordedWorker&) = default;
};

struct RecordedGeneration {
  GenerationMemo generation;
  fleet_file::WorkerSettings settings;
  std::vector<std::string> listen;
  int workers = 1;
  absl::Time taken;
  bool served = false;
  friend bool operator==(const RecordedGeneration&, const RecordedGeneration&) = default;
};

// The steering program of an address's group.
struct RecordedProgram {
  std::string address;
  int members = 0;  // it knows the indexes below this number
  friend bool operator==(const RecordedProgram&, const RecordedProgram&) = default;
};

// The roll that is under way.
struct RecordedRoll {
  std::string kind;  // see api::RollProgress::kind
  // If it goes back: what it is to end with, and why.
  std::string outcome;
  std::string reason;
  friend bool operator==(const RecordedRoll&, const RecordedRoll&) = default;
};

struct FleetRecord {
  std::string boot;      // os::BootId()
  pid_t controller = 0;  // the controller that wrote it
  std::string notify_socket;
  // What the fleet file said when it was last applied.
  fleet_file::FleetSettings settings;
  int64_t generation = 0;  // what the whole fleet runs, or returns to
  int64_t last_generation = 0;
  int64_t last_roll = 0;
  std::optional<int64_t> rolling_to;  // while a roll is under way
  RecordedRoll roll;                  // the same; records of earlier releases have none
  int slots = 1;                      // without those that a roll under way adds or removes
  std::vector<RecordedGeneration> generations;
  std::vector<RecordedWorker> workers;  // by age, oldest first
  std::vector<RecordedProgram> programs;
  friend bool operator==(const FleetRecord&, const FleetRecord&) = default;
};

// The text of a record. It keeps the text of each worker, which is most of a large fleet's record
// and seldom changes.
class RecordText {
 public:
  std::string Of(FleetRecord record);

 private:
  struct Kept {
    RecordedWorker worker;
    std::string text;
  };
  SortedMap<pid_t, Kept> workers_;
};

std::string ToJson(const FleetRecord& record);
// kInvalidArgument if it is not a record of this version, or makes no sense.
absl::StatusOr<FleetRecord> ParseFleetRecord(std::string_view text);

// The file.
class FleetRecordFile {
 public:
  explicit FleetRecordFile(const std::string& state_dir);
  FleetRecordFile(const FleetRecordFile&) = delete;
  FleetRecordFile& operator=(const FleetRecordFile&) = delete;
  // Removes what this object wrote: a controller that ends in order leaves no worker.
  ~FleetRecordFile();

  const std::string& path() const { return path_; }
  // Where the record before the last one is.
  std::string former_path() const { return path_ + ".old"; }
  // kNotFound if there is no file.
  absl::StatusOr<FleetRecord> Read() const;
  // The record before that one. If there is no fleet.state, it is the last one that could be
  // written. kNotFound if there is none.
  absl::StatusOr<FleetRecord> ReadFormer() const;
  // Does nothing if `record` is what was written last. On failure, which is often a full file
  // system, the last record becomes the former one, so that a reader knows that it is out of date;
  // at each moment there is one whole record.
  absl::Status Write(FleetRecord record);

 private:
  absl::Status Replace(const std::string& text);

  const std::string path_;
  RecordText text_;
  std::string written_;
  bool out_of_date_ = false;  // the last Write() failed
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RECORD_FLEET_RECORD_H_
