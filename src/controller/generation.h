// A generation: one immutable release. Its command, its environment, its working folder, and the
// very bytes of its program, so that a fleet can go back to it after the file on disk has been
// overwritten or deleted.
//
// The bytes are copied to a sealed memfd when the generation is made. What is not kept: shared
// libraries, and files that the program opens. Of a script ("#!") only the command is kept, because
// its interpreter would open it by name again.
#ifndef ROLLPORT_CONTROLLER_GENERATION_H_
#define ROLLPORT_CONTROLLER_GENERATION_H_

#include <sys/stat.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/strong_int.h"
#include "os/unique_fd.h"

namespace rollport::controller {

class Generation {
 public:
  // Resolves command[0] (see ResolveProgram) and takes its bytes. Errors name the file; one that
  // was written to while it was read is kAborted: "PATH: changed while it was read". REQUIRES:
  // `command` is not empty.
  static absl::StatusOr<Generation> Take(GenerationId id, std::vector<std::string> command,
                                         std::map<std::string, std::string> env,
                                         std::string directory);

  GenerationId id() const { return id_; }
  const std::vector<std::string>& command() const { return command_; }
  const std::map<std::string, std::string>& env() const { return env_; }
  const std::string& directory() const { return directory_; }
  // The program's absolute path when the generation was made.
  const std::string& path() const { return path_; }
  // Empty where the bytes are kept, else why they are not: "PATH is a script: …".
  const std::string& not_kept() const { return not_kept_; }

  // What to execute now.
  struct Program {
    std::string path;
    // -1 while `path` is still the very file that was taken (known by device, inode, size, mtime
    // and ctime); the kept bytes afterwards, borrowed.
    int fd = -1;
  };
  Program ToExecute() const;

 private:
  Generation() = default;
  absl::Status TakeBytes();

  GenerationId id_;
  std::vector<std::string> command_;
  std::map<std::string, std::string> env_;
  std::string directory_;
  std::string path_;
  std::string not_kept_;
  struct stat noted_ = {};
  os::UniqueFd bytes_;
  // False where the file was so young that `noted_` cannot tell it from its next version.
  bool trust_path_ = false;
};

// "KEY=VALUE" of this process's own environment, changed by `env` and then by `protocol`. What our
// own supervisor told us by the names of the protocol (NOTIFY_SOCKET, LISTEN_…, WATCHDOG_…,
// ROLLPORT_…) is left out: it was not meant for a worker.
std::vector<std::string> WorkerEnvironment(const std::map<std::string, std::string>& env,
                                           const std::map<std::string, std::string>& protocol);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_GENERATION_H_
