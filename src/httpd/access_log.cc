#include "httpd/access_log.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "http/date.h"
#include "os/errno_status.h"

namespace rollport::httpd {
namespace {

void AppendEscaped(std::string_view text, std::string* out) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\') {
      *out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out->push_back(c);
    }
  }
}

// "192.0.2.7" of "192.0.2.7:51234", "2001:db8::7" of "[2001:db8::7]:51234".
std::string_view Host(std::string_view peer) {
  peer = peer.substr(0, peer.rfind(':'));
  if (peer.starts_with('[') && peer.ends_with(']')) peer = peer.substr(1, peer.size() - 2);
  return peer.empty() ? "-" : peer;
}

}  // namespace

std::string FormatLogDate(int64_t unix_seconds) {
  // "Sun, 06 Nov 1994 08:49:37 GMT".
  std::string date = http::FormatDate(unix_seconds);
  date = date.substr(5, 20) + " +0000";
  date[2] = date[6] = '/';
  date[11] = ':';
  return date;
}

void AppendCommonLogLine(const Worker::AccessRecord& record, std::string_view date,
                         std::string* out) {
  out->append(Host(record.peer)).append(" - - [").append(date).append("] \"");
  if (record.method.empty()) {
    out->push_back('-');
  } else {
    AppendEscaped(record.method, out);
    out->push_back(' ');
    AppendEscaped(record.target, out);
    absl::StrAppend(out, " ", record.version);
  }
  absl::StrAppend(out, "\" ", record.status, " ", record.body_bytes, "\n");
}

absl::StatusOr<AccessLog> AccessLog::Open(const std::string& path) {
  os::UniqueFd owned;
  if (path != "-") {
    owned.Reset(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640));
    if (!owned.valid()) return os::ErrnoStatus(errno, "open access log " + path);
  }
  const int fd = owned.valid() ? owned.get() : STDOUT_FILENO;
  struct stat s;
  if (fstat(fd, &s) != 0) return os::ErrnoStatus(errno, "fstat of access log " + path);
  return AccessLog(std::move(owned), fd, !S_ISREG(s.st_mode));
}

bool AccessLog::Add(const Worker::AccessRecord& record, int64_t unix_seconds) {
  if (waiting_.size() >= kMaxWaiting) {
    ++dropped_;
    return false;
  }
  if (unix_seconds != second_) {
    second_ = unix_seconds;
    date_ = FormatLogDate(unix_seconds);
  }
  const bool first = waiting_.empty();
  AppendCommonLogLine(record, date_, &waiting_);
  return first;
}

size_t AccessLog::Room() const {
  if (!may_block_) return waiting_.size();
  // A pipe that poll(2) calls writable takes PIPE_BUF bytes at once: pipe(7).
  pollfd p{fd_, POLLOUT, 0};
  return poll(&p, 1, 0) == 1 ? PIPE_BUF : 0;
}

bool AccessLog::Flush() {
  size_t done = 0;
  while (done < waiting_.size()) {
    const size_t room = std::min(Room(), waiting_.size() - done);
    if (room == 0) break;
    const ssize_t n = write(fd_, waiting_.data() + done, room);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) {
      done = waiting_.size();
      break;
    }
    done += static_cast<size_t>(n);
  }
  waiting_.erase(0, done);
  return !waiting_.empty();
}

}  // namespace rollport::httpd
