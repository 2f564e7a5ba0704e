// Where the notify socket of a fleet is, so that its workers reach it and nobody else does.
#ifndef ROLLPORT_CONTROLLER_PROCESS_NOTIFY_PLACE_H_
#define ROLLPORT_CONTROLLER_PROCESS_NOTIFY_PLACE_H_

#include <optional>
#include <string>

#include "os/process_settings.h"

namespace rollport::controller {

// True if `user` may reach what is in `folder`, by the permission bits of it and of the folders
// above. Access control lists are not read.
bool MaySearch(const std::string& folder, const os::Credentials& user);

// Lets `user` reach what is in `folder`, which is our own: adds "x" for others if that is missing.
// What is in the folder keeps its own modes. False if a folder above keeps the user out.
bool LetSearch(const std::string& folder, const os::Credentials& user);

// The path for the notify socket in `folder`.
std::string NotifyFile(const std::string& folder);
// The path for the notify socket of a fleet whose state_dir is `folder`. `user` is the user that
// its workers run as, if that is not the controller's own. If that user cannot reach the folder,
// the path is in the abstract namespace, to which anyone may send.
std::string NotifyPath(const std::string& folder, const std::string& fleet,
                       const std::optional<os::Credentials>& user);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_NOTIFY_PLACE_H_
