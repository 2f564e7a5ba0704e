#include "cli/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "api/asked_file.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "fleet_file/state_paths.h"
#include "http/serialize.h"
#include "os/errno_status.h"
#include "os/pidfd.h"
#include "os/unix_socket.h"

namespace rollport::cli {
namespace {

constexpr absl::Duration kTryAgain = absl::Milliseconds(50);

absl::Status Unavailable(absl::string_view why) { return absl::UnavailableError(why); }

// OK if the process that listens at the other end may be the controller of this fleet.
absl::Status CheckPeer(int fd, const fleet_file::FleetPlace& place) {
  ASSIGN_OR_RETURN(const ucred peer, os::PeerCredentials(fd));
  struct stat folder;
  const bool known = stat(place.state_dir.c_str(), &folder) == 0;
  if (MayRunFleet(peer.uid, geteuid(), known ? folder.st_uid : geteuid())) return absl::OkStatus();
  return Unavailable(absl::StrCat("process ", peer.pid, " of user ", peer.uid, " listens at ",
                                  fleet_file::ControlSocketPath(place.state_dir),
                                  ", and cannot be this user's controller"));
}

}  // namespace

bool MayRunFleet(uid_t peer, uid_t ours, uid_t owner) {
  return peer == 0 || peer == ours || (ours == 0 && peer == owner);
}

absl::StatusOr<Client> Client::Connect(const fleet_file::FleetPlace& place,
                                       absl::Duration patience) {
  const std::string path = fleet_file::ControlSocketPath(place.state_dir);
  const absl::Time end = absl::Now() + patience;
  absl::StatusOr<os::UniqueFd> fd = os::ConnectUnix(path);
  while (absl::IsResourceExhausted(fd.status()) && absl::Now() < end) {
    absl::SleepFor(kTryAgain);
    fd = os::ConnectUnix(path);
  }
  if (absl::IsResourceExhausted(fd.status())) {
    return absl::ResourceExhaustedError(absl::StrCat("it is busy, stopped or stuck: the queue of ",
                                                     path, " has been full for ",
                                                     absl::FormatDuration(patience)));
  }
  if (absl::IsPermissionDenied(fd.status())) return fd.status();
  if (!fd.ok()) return Unavailable(fd.status().message());
  RETURN_IF_ERROR(CheckPeer(fd->get(), place));
  return Client(*std::move(fd), api::AskedFileValue(place.file), patience);
}

absl::StatusOr<os::UniqueFd> Client::ControllerPidfd() const {
  ASSIGN_OR_RETURN(const ucred peer, os::PeerCredentials(fd_.get()));
  return os::PidfdOpen(peer.pid);
}

absl::Status Client::Send(std::string_view method, std::string_view target, std::string_view body) {
  std::string bytes;
  http::BeginRequestHead(
      {.method = method,
       .target = target,
       .host = "rollport",
       .framing = body.empty() ? http::BodyFraming::kNone : http::BodyFraming::kLength,
       .length = body.size()},
      &bytes);
  http::AppendField(api::kAskedFileField, asked_file_, &bytes);
  http::EndHead(&bytes);
  bytes += body;
  parser_.ExpectResponseTo(method);
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t n = send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n >= 0) {
      sent += static_cast<size_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    // The controller may have answered and closed already: its answer says why.
    if (errno == EPIPE || errno == ECONNRESET) return absl::OkStatus();
    if (errno != EAGAIN) return Unavailable(os::ErrnoStatus(errno, "send").message());
    pollfd writable{.fd = fd_.get(), .events = POLLOUT};
    if (poll(&writable, 1, static_cast<int>(absl::ToInt64Milliseconds(patience_))) == 0) {
      return Silent();
    }
  }
  return absl::OkStatus();
}

absl::Status Client::Silent() const {
  const absl::StatusOr<ucred> peer = os::PeerCredentials(fd_.get());
  // 0: it is in another PID namespace.
  const bool known = peer.ok() && peer->pid > 0;
  return absl::DeadlineExceededError(absl::StrCat(
      "the controller", known ? absl::StrCat(", process ", peer->pid, ",") : "",
      " has been silent for ", absl::FormatDuration(patience_), ": it is stopped or stuck"));
}

absl::StatusOr<Client::Next> Client::Wait(absl::Duration timeout, int interrupt) {
  pollfd fds[2] = {{.fd = fd_.get(), .events = POLLIN}, {.fd = interrupt, .events = POLLIN}};
  const int millis = timeout == absl::InfiniteDuration()
                         ? -1
                         : static_cast<int>(absl::ToInt64Milliseconds(timeout));
  int n = 0;
  do {
    n = poll(fds, 2, millis);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return os::ErrnoStatus(errno, "poll");
  if (n == 0) return Next::kTick;
  if (fds[1].revents != 0) return Next::kInterrupted;
  char buffer[16 << 10];
  const ssize_t got = recv(fd_.get(), buffer, sizeof buffer, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Next::kLine;
  if (got <= 0) eof_ = true;
  if (got > 0) in_.append(buffer, static_cast<size_t>(got));
  return Next::kLine;
}

absl::StatusOr<http::ParseEvent> Client::Advance() {
  size_t consumed = 0;
  http::ParseEvent event = parser_.Next(in_, &consumed);
  if (event == http::ParseEvent::kBody) lines_ += parser_.body();
  in_.erase(0, consumed);
  if (event == http::ParseEvent::kNeedMore && eof_) {
    event = parser_.Eof();
    if (event != http::ParseEvent::kEnd) return Unavailable("the controller went away");
  }
  if (event == http::ParseEvent::kError) {
    return Unavailable(absl::StrCat("not a controller's answer: ", parser_.error().reason));
  }
  return event;
}

absl::StatusOr<http::ParseEvent> Client::AdvanceOrWait() {
  ASSIGN_OR_RETURN(const http::ParseEvent event, Advance());
  if (event != http::ParseEvent::kNeedMore) return event;
  ASSIGN_OR_RETURN(const Next next, Wait(patience_, interrupt_));
  if (next == Next::kTick) return Silent();
  if (next == Next::kInterrupted) return absl::CancelledError("interrupted");
  return event;
}

absl::StatusOr<Client::Reply> Client::Ask(std::string_view method, std::string_view target,
                                          std::string_view body) {
  RETURN_IF_ERROR(Send(method, target, body));
  lines_.clear();
  while (true) {
    ASSIGN_OR_RETURN(const http::ParseEvent event, AdvanceOrWait());
    if (event == http::ParseEvent::kEnd) return Reply{parser_.head().status, PrintableJson(lines_)};
  }
}

absl::StatusOr<Client::Reply> Client::Follow(std::string_view target) {
  RETURN_IF_ERROR(Send("GET", target, ""));
  lines_.clear();
  ended_ = false;
  int status = 0;
  while (true) {
    ASSIGN_OR_RETURN(const http::ParseEvent event, AdvanceOrWait());
    if (event == http::ParseEvent::kHead) status = parser_.head().status;
    if (event == http::ParseEvent::kHead && status == 200) return Reply{status, ""};
    if (event == http::ParseEvent::kEnd) return Reply{status, PrintableJson(lines_)};
  }
}

absl::StatusOr<Client::Next> Client::NextLine(absl::Duration tick, int interrupt,
                                              std::string* line) {
  while (true) {
    if (const size_t end = lines_.find('\n'); end != std::string::npos) {
      *line = PrintableJson(std::string_view(lines_).substr(0, end));
      lines_.erase(0, end + 1);
      return Next::kLine;
    }
    if (ended_) return Next::kEnd;
    ASSIGN_OR_RETURN(const http::ParseEvent event, Advance());
    if (event == http::ParseEvent::kEnd) ended_ = true;
    if (event != http::ParseEvent::kNeedMore) continue;
    ASSIGN_OR_RETURN(const Next next, Wait(tick, interrupt));
    if (next == Next::kTick || next == Next::kInterrupted) return next;
  }
}

}  // namespace rollport::cli
