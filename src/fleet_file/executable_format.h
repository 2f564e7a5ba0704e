// Whether the kernel can execute a file, as far as its first bytes tell.
#ifndef ROLLPORT_FLEET_FILE_EXECUTABLE_FORMAT_H_
#define ROLLPORT_FLEET_FILE_EXECUTABLE_FORMAT_H_

#include <string>

#include "absl/status/status.h"

namespace rollport::fleet_file {

// OK if execve(2) would know the format of the file at `path`: a program of ELF for this machine
// whose loader is there, a script ("#!") whose interpreter is there, or what binfmt_misc has a
// handler for (Documentation/admin-guide/binfmt-misc.rst). kInvalidArgument "PATH: is empty",
// "PATH: is a program for aarch64, and this machine is x86-64" and so on. A file that cannot be
// read is not judged.
absl::Status CheckExecutableFormat(const std::string& path);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_EXECUTABLE_FORMAT_H_
