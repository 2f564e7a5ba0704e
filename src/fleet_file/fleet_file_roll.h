// Reads [roll] of a fleet file. For fleet_file.cc only.
#ifndef ROLLPORT_FLEET_FILE_FLEET_FILE_ROLL_H_
#define ROLLPORT_FLEET_FILE_FLEET_FILE_ROLL_H_

#include "fleet_file/fleet_settings.h"
#include "fleet_file/toml_table.h"

namespace rollport::fleet_file {

// Every mistake is noted in `mistakes`, which is the table's list.
void ReadRoll(TomlTable roll, Mistakes& mistakes, RollSettings* out);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_FLEET_FILE_ROLL_H_
