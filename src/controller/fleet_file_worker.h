// Reads [worker] of a fleet file. For fleet_file.cc only.
#ifndef ROLLPORT_CONTROLLER_FLEET_FILE_WORKER_H_
#define ROLLPORT_CONTROLLER_FLEET_FILE_WORKER_H_

#include <cstddef>
#include <string>

#include "controller/fleet_settings.h"
#include "controller/toml_table.h"

namespace rollport::controller {

// Relative paths are relative to `directory`; `addresses` is how many the fleet listens on. Every
// mistake is noted in the table's list.
void ReadWorker(TomlTable worker, const std::string& directory, size_t addresses,
                WorkerSettings* out);

// The part of [worker] about who the process is, what it may use, and where its output goes
// (fleet_file_process.cc).
void ReadProcess(TomlTable& worker, const std::string& directory, WorkerSettings* out);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_FLEET_FILE_WORKER_H_
