// Where a worker's stdout and stderr go.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_OUTPUT_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_OUTPUT_H_

#include <optional>

#include "absl/status/statusor.h"
#include "base/strong_int.h"
#include "fleet_file/fleet_settings.h"
#include "os/process_settings.h"
#include "os/unique_fd.h"

namespace rollport::controller {

struct OpenedOutput {
  os::UniqueFd theirs;  // to become the worker's descriptor
  os::UniqueFd ours;    // kLog: the end to read from, non-blocking; else not valid
};

// A file is appended to. It is opened, and made if it is missing, with the rights of `who`
// (nullopt: our own), so that a worker's user cannot have us write where that user may not. Errors
// name the file.
absl::StatusOr<OpenedOutput> OpenOutput(const fleet_file::Output& output, SlotId slot,
                                        GenerationId generation,
                                        const std::optional<os::Credentials>& who);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_OUTPUT_H_
