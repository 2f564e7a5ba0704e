// Reads [roll] of a fleet file. For fleet_file.cc only.
#ifndef ROLLPORT_FLEET_FILE_FLEET_FILE_ROLL_H_
#define ROLLPORT_FLEET_FILE_FLEET_FILE_ROLL_H_

#include "fleet_file/fleet_settings.h"
#include "fleet_file/toml_table.h"

namespace rollport::fleet_file {

// Adds every mistake to `mistakes`, which is also the list of the table.
void ReadRoll(TomlTable roll, Mistakes& mistakes, RollSettings* out);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_FLEET_FILE_ROLL_H_
