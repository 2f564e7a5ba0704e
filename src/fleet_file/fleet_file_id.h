// Which fleet file is meant, so that a command about one fleet cannot reach another one of the same
// name.
#ifndef ROLLPORT_FLEET_FILE_FLEET_FILE_ID_H_
#define ROLLPORT_FLEET_FILE_FLEET_FILE_ID_H_

#include <cstdint>
#include <string>

namespace rollport::fleet_file {

struct FleetFileId {
  std::string path;  // absolute
  // As stat(2) has them; both 0 if the path leads to no file.
  uint64_t device = 0;
  uint64_t inode = 0;
  friend bool operator==(const FleetFileId&, const FleetFileId&) = default;
};

// Of the file to which `path` leads now.
FleetFileId FleetFileIdOf(const std::string& path);

// True if `asked` means the fleet file of a controller that read it as `known`: it has the same
// path, or is the file to which that path leads now (by a link or another mount), or, if the path
// leads nowhere any more, the very file that was read (its folder was moved). An editor that saves
// by rename(2) changes the inode and not the path.
bool MeansSameFile(const FleetFileId& known, const FleetFileId& asked);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_FLEET_FILE_ID_H_
