#include "controller/traffic/probe.h"

#include <errno.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "steering/probe_address.h"

namespace rollport::controller {
namespace {

// A health answer is small. A larger one is not read to its end.
constexpr http::Limits kLimits{.max_head = 16 << 10, .max_body = 1 << 20};
// Between looks whether the probe has been accepted. An idle worker accepts within 50 us.
constexpr RetryTimer::Pauses kConnectPauses = {.first = absl::Microseconds(100),
                                               .longest = absl::Milliseconds(20)};
// For a server to close after its answer, as it was asked to. Most do so at once.
constexpr absl::Duration kEnding = absl::Milliseconds(50);

// Whether the owner of a connection in this state has closed it.
bool WasClosed(int state) {
  return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_TIME_WAIT ||
         state == TCP_CLOSING || state == TCP_LAST_ACK;
}

}  // namespace

Probe::Probe(os::EventLoop& loop, os::SockDiag& diag, ProbeSpec spec, Done done, os::UniqueFd kept)
    : loop_(loop),
      diag_(diag),
      spec_(std::move(spec)),
      done_(std::move(done)),
      fd_(std::move(kept)),
      deadline_(loop, [this] { OnTimeout(); }),
      retry_(loop, kConnectPauses, [this] { phase_ == Phase::kConnecting ? Begin() : Identify(); }),
      parser_(kLimits),
      report_(loop) {
  deadline_.After(spec_.timeout);
  retry_.Now();
}

Probe::~Probe() {
  if (!fd_.valid()) return;
  // A close in order, of which nothing is left on our side if the server has closed first. If it
  // has not, a TIME_WAIT is left, which harms nothing where the kernel chooses the port.
  const bool by_port = spec_.source.has_value() && spec_.source->port() != 0;
  if (course_.answered && (course_.peer_closed || !by_port)) return;
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void Probe::Begin() {
  course_.reused = fd_.valid() && watch_ == nullptr;
  if (course_.reused) return BeginOnKept();
  // Of a kept connection that the server had closed.
  watch_.reset();
  fd_.Reset();
  absl::StatusOr<os::UniqueFd> fd = Connect();
  if (!fd.ok()) return Finish(ProbeVerdict::kBad, std::string(fd.status().message()));
  fd_ = *std::move(fd);
  watch_ = std::make_unique<os::FdWatch>(loop_, fd_.get(), [this](uint32_t e) { OnEvents(e); });
  if (absl::Status status = watch_->Set(EPOLLOUT); !status.ok()) {
    Finish(ProbeVerdict::kBad, std::string(status.message()));
  }
}

absl::StatusOr<os::UniqueFd> Probe::Connect() const {
  std::optional<os::SocketAddress> source = spec_.source;
  auto fd = os::Connect(spec_.server, source, steering::kProbeFlowLabel);
  if (!source.has_value() || source->family() != AF_INET6) return fd;
  // An ordinary client may have the port, or a former probe that has just ended.
  for (unsigned i = 1; !fd.ok() && i < steering::kProbePortsPerIndex; ++i) {
    source = source->with_port(steering::NextProbePort(source->port()));
    fd = os::Connect(spec_.server, source, steering::kProbeFlowLabel);
  }
  return fd;
}

void Probe::BeginOnKept() {
  watch_ = std::make_unique<os::FdWatch>(loop_, fd_.get(), [this](uint32_t e) { OnEvents(e); });
  Ask();
}

void Probe::OnEvents(uint32_t) {
  if (phase_ == Phase::kConnecting) return OnConnected();
  if (phase_ == Phase::kAsking || phase_ == Phase::kEnding) return OnReadable();
}

absl::StatusOr<bool> Probe::IsQueued() const {
  if (!fd_.valid() || phase_ == Phase::kDone) return false;
  ASSIGN_OR_RETURN(const os::SocketAddress local, os::LocalAddress(fd_.get()));
  ASSIGN_OR_RETURN(const auto server, diag_.Lookup(spec_.server, local));
  return server.has_value() && server->inode == 0 && server->state == TCP_ESTABLISHED;
}

os::UniqueFd Probe::TakeConnection() {
  const bool reusable = spec_.keep && course_.answered && course_.keep_alive &&
                        course_.failure.empty() && input_.empty() && !course_.peer_closed;
  return reusable ? std::move(fd_) : os::UniqueFd();
}

void Probe::OnConnected() {
  if (const int error = os::PendingError(fd_.get()); error != 0) {
    return Finish(ProbeVerdict::kBad,
                  absl::StrCat("connect to ", spec_.server.ToString(), ": ", strerror(error)));
  }
  // There is no event to wait for now: Identify looks for a reset itself. If this fails, OnEvents
  // passes over what comes.
  watch_->Set(0).IgnoreError();
  phase_ = Phase::kIdentifying;
  Identify();
}

// A connection has no owner before it is accepted, so this looks again until it is. The kernel
// completes a handshake for a worker that hangs too: if nothing is asked, only this shows that it
// does not.
void Probe::Identify() {
  if (!spec_.is_wanted && !spec_.path.empty()) return Ask();
  const absl::StatusOr<os::SocketAddress> local = os::LocalAddress(fd_.get());
  if (!local.ok()) return Finish(ProbeVerdict::kBad, std::string(local.status().message()));
  const auto server = diag_.Lookup(spec_.server, *local);
  if (server.ok() && server->has_value() && (*server)->inode != 0) {
    if (!spec_.is_wanted || spec_.is_wanted((*server)->inode)) return Ask();
    return Finish(ProbeVerdict::kMisdirected, "another listener accepted the probe");
  }
  if (!spec_.is_wanted && server.ok() && server->has_value() && WasClosed((*server)->state)) {
    return Ask();
  }
  if (server.ok() && !server->has_value() && os::PendingError(fd_.get()) != 0) {
    return Finish(ProbeVerdict::kBad, "the probe was reset before it was accepted");
  }
  retry_.Later();
}

void Probe::Ask() {
  if (spec_.path.empty()) {
    course_.answered = true;
    return Finish(ProbeVerdict::kGood, "");
  }
  phase_ = Phase::kAsking;
  // A zone means something on this host only, and makes a Host field that servers refuse (RFC 3986
  // section 3.2.2).
  const auto host = os::SocketAddress::FromBytes(
      spec_.server.family(), spec_.server.host_bytes().data(), spec_.server.port());
  const std::string request =
      absl::StrCat("GET ", spec_.path, " HTTP/1.1\r\nHost: ", host.ToString(),
                   "\r\nUser-Agent: rollport-probe/" ROLLPORT_VERSION "\r\nAccept: */*\r\n",
                   spec_.keep ? "" : "Connection: close\r\n", "\r\n");
  // The send buffer of an idle connection holds far more than this.
  if (send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    const int error = errno;
    if (TryAnew(/*any_answer=*/false)) return;
    return Finish(ProbeVerdict::kBad, absl::StrCat("send: ", strerror(error)));
  }
  // If this fails, the deadline ends the probe.
  watch_->Set(EPOLLIN).IgnoreError();
}

void Probe::OnReadable() {
  char buffer[4096];
  const ssize_t n = recv(fd_.get(), buffer, sizeof buffer, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (phase_ == Phase::kEnding) {
    course_.peer_closed = n == 0;
    return FinishAnswered();
  }
  if (n <= 0) {
    const int error = errno;
    if (TryAnew(/*any_answer=*/!input_.empty() || !parser_.idle())) return;
    if (n < 0 && course_.failure.empty()) course_.failure = absl::StrCat("read: ", strerror(error));
    if (n < 0) return Finish(ProbeVerdict::kBad, course_.failure);
  }
  ReadAnswer(std::string_view(buffer, static_cast<size_t>(n)), n == 0);
}

void Probe::ReadAnswer(std::string_view bytes, bool eof) {
  input_.append(bytes);
  while (true) {
    size_t consumed = 0;
    http::ParseEvent event = parser_.Next(input_, &consumed);
    // body() is a view into the input, so before the input is erased.
    if (event == http::ParseEvent::kBody && spec_.body != nullptr) {
      spec_.body->append(parser_.body());
    }
    input_.erase(0, consumed);
    if (event == http::ParseEvent::kNeedMore && eof) event = parser_.Eof();
    if (eof) course_.peer_closed = true;
    switch (event) {
      case http::ParseEvent::kHead: {
        const int status = parser_.head().status;
        course_.keep_alive = parser_.head().keep_alive;
        if (status < 200 || status >= 300) {
          course_.failure = absl::StrCat("HTTP ", status, " to GET ", spec_.path);
        }
        break;
      }
      case http::ParseEvent::kBody:
        break;
      case http::ParseEvent::kEnd:
        return OnAnswer();
      case http::ParseEvent::kError:
        if (course_.failure.empty()) {
          course_.failure = absl::StrCat("GET ", spec_.path, ": ", parser_.error().reason);
        }
        return Finish(ProbeVerdict::kBad, course_.failure);
      case http::ParseEvent::kNeedMore:
        if (!eof) return;
        return Finish(ProbeVerdict::kBad,
                      absl::StrCat("GET ", spec_.path, " was closed without an answer"));
    }
  }
}

void Probe::OnAnswer() {
  course_.answered = true;
  const bool kept = spec_.keep && course_.keep_alive;
  if (kept || course_.peer_closed) return FinishAnswered();
  phase_ = Phase::kEnding;
  deadline_.After(kEnding);
}

void Probe::FinishAnswered() {
  Finish(course_.failure.empty() ? ProbeVerdict::kGood : ProbeVerdict::kBad, course_.failure);
}

// RFC 9112 section 9.3.1: a server may close an idle connection at any time.
bool Probe::TryAnew(bool any_answer) {
  if (!course_.reused || any_answer) return false;
  watch_->Set(0).IgnoreError();
  phase_ = Phase::kConnecting;
  retry_.Now();
  return true;
}

void Probe::OnTimeout() {
  if (phase_ == Phase::kEnding) return FinishAnswered();
  // The head has come, and said all that is to know.
  if (!course_.failure.empty()) return Finish(ProbeVerdict::kBad, course_.failure);
  const char* what = phase_ == Phase::kConnecting    ? "could not connect"
                     : phase_ == Phase::kIdentifying ? "was not accepted"
                                                     : "got no answer";
  Finish(ProbeVerdict::kSilent, absl::StrCat("a probe of ", spec_.server.ToString(), " ", what,
                                             " within ", absl::FormatDuration(spec_.timeout)));
}

void Probe::Finish(ProbeVerdict verdict, std::string detail) {
  if (phase_ == Phase::kDone) return;
  phase_ = Phase::kDone;
  deadline_.Cancel();
  retry_.Cancel();
  // At the end of the turn, because this may run inside the watch's own callback.
  report_.Call([this, verdict, detail = std::move(detail)] {
    watch_.reset();
    const Done done = std::move(done_);
    done(verdict, detail);
  });
}

}  // namespace rollport::controller
