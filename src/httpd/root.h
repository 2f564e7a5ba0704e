// The folder that is served. Nothing outside of it can be opened through it.
#ifndef ROLLPORT_HTTPD_ROOT_H_
#define ROLLPORT_HTTPD_ROOT_H_

#include <sys/stat.h>

#include <string>

#include "absl/status/statusor.h"
#include "os/unique_fd.h"

namespace rollport::httpd {

// How a path is kept below the root.
enum class Confinement {
  // openat2(2) with RESOLVE_BENEATH: symbolic links are followed as long as they stay below the
  // root; absolute ones, and those of /proc, never do. Linux 5.6.
  kKernel,
  // Segment by segment, following no symbolic link at all. Used if openat2 is missing, or if a
  // sandbox refuses it.
  kWalk,
};

class Root {
 public:
  // Opens the folder at `path`, once and for all: what is put in its place later is not seen. An
  // error names the folder: "open folder site: No such file or directory".
  static absl::StatusOr<Root> Open(const std::string& path);

  // A descriptor to read from, and 0; or none, and the errno. Does not wait for a FIFO's writer.
  // `relative` is normal: no leading '/', no "." or "..", not empty.
  struct Opened {
    os::UniqueFd fd;
    int error = 0;
  };
  Opened OpenFile(const std::string& relative) const;
  // 0, or the errno. Follows links wherever they lead: good to compare with what was opened, and
  // for nothing else.
  int Stat(const std::string& relative, struct stat* out) const;

  Confinement confinement() const { return confinement_; }

 private:
  Root(os::UniqueFd folder, Confinement confinement)
      : folder_(std::move(folder)), confinement_(confinement) {}
  Opened Walk(const std::string& relative) const;

  os::UniqueFd folder_;
  Confinement confinement_;
};

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_ROOT_H_
