// Reads [worker] of a fleet file. For fleet_file.cc only.
#ifndef ROLLPORT_FLEET_FILE_FLEET_FILE_WORKER_H_
#define ROLLPORT_FLEET_FILE_FLEET_FILE_WORKER_H_

#include <cstddef>
#include <string>

#include "fleet_file/fleet_settings.h"
#include "fleet_file/toml_table.h"

namespace rollport::fleet_file {

// Relative paths are relative to `directory`; `addresses` is the number that the fleet listens on.
// Adds every mistake to the list of the table.
void ReadWorker(TomlTable worker, const std::string& directory, size_t addresses,
                WorkerSettings* out);

// The part of [worker] about a worker's process: its user, what it may use, and where its output
// goes (fleet_file_process.cc).
void ReadProcess(TomlTable& worker, const std::string& directory, WorkerSettings* out);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_FLEET_FILE_WORKER_H_
