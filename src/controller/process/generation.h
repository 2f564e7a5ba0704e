// A generation: one immutable release. It has its command, its environment, its working folder, and
// the very bytes of its executable, so that a fleet can go back to it after the file on disk has
// been overwritten or deleted.
//
// The bytes are copied to a sealed memfd when the generation is made. Shared libraries are not
// kept, nor are files that the worker opens. Of a script ("#!") only the command is kept, because
// its interpreter would open it by name again.
#ifndef ROLLPORT_CONTROLLER_PROCESS_GENERATION_H_
#define ROLLPORT_CONTROLLER_PROCESS_GENERATION_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/strong_int.h"
#include "os/unique_fd.h"

namespace rollport::controller {

// One file as it was at one moment. Times in nanoseconds.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t mtime = 0;
  int64_t ctime = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

// A generation without its bytes, and what identifies them.
struct GenerationMemo {
  int64_t number = 0;
  std::vector<std::string> command;
  std::map<std::string, std::string> env;
  std::string directory;
  std::string path;
  std::string not_kept;
  FileIdentity file;
  bool trust_path = false;
  FileIdentity bytes;  // of the kept copy; zeros if there is none
  friend bool operator==(const GenerationMemo&, const GenerationMemo&) = default;
};

class Generation {
 public:
  // Resolves command[0] (see ResolveExecutable) and takes its bytes. Errors name the file. kAborted
  // if it was written to meanwhile: "PATH: changed while it was read". REQUIRES: `command` is not
  // empty.
  static absl::StatusOr<Generation> Take(GenerationId id, std::vector<std::string> command,
                                         std::map<std::string, std::string> env,
                                         std::string directory);

  GenerationMemo Memo() const;
  // Makes the generation of a former controller again. Takes the bytes from the executable of one
  // of `running` (workers of this generation), else from the unchanged file; otherwise not_kept()
  // says why.
  static Generation Restore(const GenerationMemo& memo, const std::vector<pid_t>& running);

  GenerationId id() const { return id_; }
  const std::vector<std::string>& command() const { return command_; }
  const std::map<std::string, std::string>& env() const { return env_; }
  const std::string& directory() const { return directory_; }
  // The executable's absolute path when the generation was made.
  const std::string& path() const { return path_; }
  // Why the bytes are not kept: "PATH is a script: …". Empty if they are.
  const std::string& not_kept() const { return not_kept_; }

  // What to execute now.
  struct Executable {
    std::string path;
    // -1 while `path` is still the very file that was taken (known by device, inode, size, mtime
    // and ctime); the kept bytes afterwards, borrowed.
    int fd = -1;
  };
  Executable ToExecute() const;

 private:
  Generation() = default;
  absl::Status TakeBytes();
  bool RestoreBytes(const FileIdentity& bytes, const std::string& executable);

  GenerationId id_;
  std::vector<std::string> command_;
  std::map<std::string, std::string> env_;
  std::string directory_;
  std::string path_;
  std::string not_kept_;
  FileIdentity noted_;
  os::UniqueFd bytes_;
  // False if the file was so young that `noted_` cannot tell it from its next version.
  bool trust_path_ = false;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_GENERATION_H_
