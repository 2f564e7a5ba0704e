// The file that a worker's output goes to, from its pattern in the fleet file.
#ifndef ROLLPORT_FLEET_FILE_OUTPUT_PATH_H_
#define ROLLPORT_FLEET_FILE_OUTPUT_PATH_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/strong_int.h"

namespace rollport::fleet_file {

// %s is the slot, %g the generation, %% a per cent sign; any other % is kInvalidArgument.
absl::StatusOr<std::string> OutputPath(std::string_view pattern, SlotId slot,
                                       GenerationId generation);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_OUTPUT_PATH_H_
