// The field of a request to the control API by which a command says whose fleet it means.
#ifndef ROLLPORT_API_ASKED_FILE_H_
#define ROLLPORT_API_ASKED_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "fleet_file/fleet_file_id.h"

namespace rollport::api {

inline constexpr char kAskedFileField[] = "Rollport-Fleet-File";

// "DEVICE:INODE PATH", with the path percent-encoded (RFC 3986 section 2.1), because a path may
// hold bytes that a field value may not.
std::string AskedFileValue(const fleet_file::FleetFileId& file);
// kInvalidArgument if it is not such a value.
absl::StatusOr<fleet_file::FleetFileId> ParseAskedFile(std::string_view value);

}  // namespace rollport::api

#endif  // ROLLPORT_API_ASKED_FILE_H_
