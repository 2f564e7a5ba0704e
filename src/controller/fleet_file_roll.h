// Reads [roll] of a fleet file. For fleet_file.cc only.
#ifndef ROLLPORT_CONTROLLER_FLEET_FILE_ROLL_H_
#define ROLLPORT_CONTROLLER_FLEET_FILE_ROLL_H_

#include "controller/fleet_settings.h"
#include "controller/toml_table.h"

namespace rollport::controller {

// Every mistake is noted in `mistakes`, which is the table's list.
void ReadRoll(TomlTable roll, Mistakes& mistakes, RollSettings* out);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_FLEET_FILE_ROLL_H_
