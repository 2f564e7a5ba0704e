// The user that a process runs as and what it may use, set in a child before exec.
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

// Those of this process: its effective user and group, and its supplementary groups.
Credentials OurCredentials();
struct User {
  std::string name;
  std::string home;
  Credentials credentials;  // with the groups that the host's databases give it
};
// The user, or the group, of that name or number. kNotFound if there is none.
absl::StatusOr<User> LookUpUser(const std::string& name);
absl::StatusOr<gid_t> LookUpGroup(const std::string& name);

// A limit of setrlimit(2): the soft and the hard one.
struct ResourceLimit {
  int resource = 0;    // RLIMIT_…
  uint64_t value = 0;  // RLIM_INFINITY: none
  friend bool operator==(const ResourceLimit&, const ResourceLimit&) = default;
};

// What is not set stays as it is.
struct ProcessSettings {
  std::optional<Credentials> credentials;
  // The ambient set of capabilities(7), exactly these: what the process may still do after exec,
  // whatever user it runs as.
  std::optional<std::vector<int>> ambient;
  std::optional<mode_t> umask;
  std::vector<ResourceLimit> limits;
  std::vector<int> cpus;  // empty: all that this process may use
  friend bool operator==(const ProcessSettings&, const ProcessSettings&) = default;
};

// Sets CPUs, limits and umask of this process, while it still has its parent's rights: to raise a
// limit may need them. An error names the call: "setrlimit 7 to 1024: Operation not permitted".
absl::Status ApplyResources(const ProcessSettings& settings);
// Then what cannot be undone: the credentials and the ambient set. REQUIRES: one thread.
absl::Status ApplyCredentials(const ProcessSettings& settings);

// As long as it exists, files and sockets that this process makes belong to that user: setfsuid(2).
// The owner of a socket decides with which others it may share a port. Everything else that the
// process may do, such as binding a port under 1024, stays as it is. REQUIRES: one thread.
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
