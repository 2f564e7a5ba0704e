// The access log: one line for each answer, in the Common Log Format, written once per turn of the
// loop at most.
//
// A reader that does not read must not hold the worker up. So a pipe or a terminal is written to
// only when it has room; what does not fit waits, up to kMaxWaiting bytes, and after that whole
// lines are dropped and counted.
#ifndef ROLLPORT_HTTPD_ACCESS_LOG_H_
#define ROLLPORT_HTTPD_ACCESS_LOG_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "os/unique_fd.h"
#include "rollport/worker.h"

namespace rollport::httpd {

// "06/Nov/1994:08:49:37 +0000".
std::string FormatLogDate(int64_t unix_seconds);

// Appends "192.0.2.7 - - [DATE] "GET /a HTTP/1.1" 200 1234" and a line feed; quotes, backslashes
// and control characters of the request as "\xHH", and "-" for a request that could not be read.
void AppendCommonLogLine(const Worker::AccessRecord& record, std::string_view date,
                         std::string* out);

class AccessLog {
 public:
  static constexpr size_t kMaxWaiting = 1 << 20;

  // Appends to the file at `path`, or writes to standard output if that is "-". An error names the
  // file: "open access log /var/log/a: Permission denied".
  static absl::StatusOr<AccessLog> Open(const std::string& path);

  // Adds a line. True if it is the first one that waits: the caller then sees to it that Flush() is
  // called.
  bool Add(const Worker::AccessRecord& record, int64_t unix_seconds);
  // Writes what waits, as far as there is room. True if something is left. After a failed write all
  // that waits is dropped: there is nowhere to report it.
  bool Flush();

  uint64_t dropped() const { return dropped_; }

 private:
  AccessLog(os::UniqueFd owned, int fd, bool may_block)
      : owned_(std::move(owned)), fd_(fd), may_block_(may_block) {}
  // How much may be written now without waiting.
  size_t Room() const;

  os::UniqueFd owned_;
  int fd_;
  bool may_block_;
  std::string waiting_;
  int64_t second_ = -1;
  std::string date_;  // of second_
  uint64_t dropped_ = 0;
};

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_ACCESS_LOG_H_
