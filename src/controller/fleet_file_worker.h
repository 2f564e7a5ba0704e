// Reads [worker] of a fleet file. For fleet_file.cc only.
#ifndef ROLLPORT_CONTROLLER_FLEET_FILE_WORKER_H_
#define ROLLPORT_CONTROLLER_FLEET_FILE_WORKER_H_

#include <string>

#include "controller/fleet_settings.h"
#include "controller/toml_table.h"

namespace rollport::controller {

// Relative paths are relative to `directory`. Every mistake is noted in the table's list.
void ReadWorker(TomlTable worker, const std::string& directory, WorkerSettings* out);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_FLEET_FILE_WORKER_H_
