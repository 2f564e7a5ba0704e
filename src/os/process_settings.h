// Who a process is and what it may use, as it is set in a child between fork and exec.
#ifndef ROLLPORT_OS_PROCESS_SETTINGS_H_
#define ROLLPORT_OS_PROCESS_SETTINGS_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollport::os {

struct Credentials {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// What this process is.
Credentials OurCredentials();
struct User {
  std::string name;
  std::string home;
  Credentials credentials;  // with the groups that the host's databases give it
};
// The user of that name (or number). kNotFound where there is none.
absl::StatusOr<User> LookUpUser(const std::string& name);
absl::StatusOr<gid_t> LookUpGroup(const std::string& name);

// One of setrlimit(2), soft and hard limit alike.
struct ResourceLimit {
  int resource = 0;    // RLIMIT_…
  uint64_t value = 0;  // RLIM_INFINITY: none
  friend bool operator==(const ResourceLimit&, const ResourceLimit&) = default;
};

// What is not set stays as it is.
struct ProcessSettings {
  std::optional<Credentials> credentials;
  // Capabilities that the program keeps across exec, whoever it runs as: the ambient set of
  // capabilities(7), exactly these.
  std::optional<std::vector<int>> ambient;
  std::optional<mode_t> umask;
  std::vector<ResourceLimit> limits;
  std::vector<int> cpus;  // empty: any that we may use
  friend bool operator==(const ProcessSettings&, const ProcessSettings&) = default;
};

// The parts that a process does best while it still has its parent's rights: CPUs, limits, umask.
absl::Status ApplyResources(const ProcessSettings& settings);
// Then the ones that cannot be undone: credentials and the ambient set. REQUIRES: one thread.
absl::Status ApplyCredentials(const ProcessSettings& settings);

// For its life this process makes files and sockets as that user: setfsuid(2). The kernel takes the
// owner of a socket from there, which decides with whom it may share a port; what the process is
// allowed otherwise, such as to bind a port under 1024, stays. REQUIRES: one thread.
class FileSystemUser {
 public:
  FileSystemUser(uid_t uid, gid_t gid);
  ~FileSystemUser();
  FileSystemUser(const FileSystemUser&) = delete;
  FileSystemUser& operator=(const FileSystemUser&) = delete;

 private:
  uid_t former_uid_;
  gid_t former_gid_;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_PROCESS_SETTINGS_H_
