#include "controller/traffic/probe.h"

#include <errno.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::controller {
namespace {

// A health answer is small. A larger one is not read to its end.
constexpr http::Limits kLimits{.max_head = 16 << 10, .max_body = 1 << 20};
// Between looks whether the probe has been accepted. An idle worker accepts within 50 us.
constexpr RetryTimer::Pauses kConnectPauses = {.first = absl::Microseconds(100),
                                               .longest = absl::Milliseconds(20)};

}  // namespace

Probe::Probe(os::EventLoop& loop, os::SockDiag& diag, ProbeSpec spec, Done done)
    : loop_(loop),
      diag_(diag),
      spec_(std::move(spec)),
      done_(std::move(done)),
      deadline_(loop, [this] { OnTimeout(); }),
      retry_(loop, kConnectPauses, [this] { phase_ == Phase::kConnecting ? Begin() : Identify(); }),
      parser_(kLimits),
      report_(loop) {
  deadline_.After(spec_.timeout);
  retry_.Now();
}

Probe::~Probe() {
  if (!fd_.valid()) return;
  // A reset leaves no TIME_WAIT behind on either side: addressed probes come from few ports.
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void Probe::Begin() {
  absl::StatusOr<os::UniqueFd> fd = os::Connect(spec_.server, spec_.source);
  if (!fd.ok()) return Finish(ProbeVerdict::kBad, std::string(fd.status().message()));
  fd_ = *std::move(fd);
  watch_ = std::make_unique<os::FdWatch>(loop_, fd_.get(), [this](uint32_t e) { OnEvents(e); });
  if (absl::Status status = watch_->Set(EPOLLOUT); !status.ok()) {
    Finish(ProbeVerdict::kBad, std::string(status.message()));
  }
}

void Probe::OnEvents(uint32_t) {
  if (phase_ == Phase::kConnecting) return OnConnected();
  if (phase_ == Phase::kAsking) return OnReadable();
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

// A connection has no owner before it is accepted, so this looks again until it is.
void Probe::Identify() {
  if (!spec_.is_wanted) return Ask();
  const absl::StatusOr<os::SocketAddress> local = os::LocalAddress(fd_.get());
  if (!local.ok()) return Finish(ProbeVerdict::kBad, std::string(local.status().message()));
  const auto server = diag_.Lookup(spec_.server, *local);
  if (server.ok() && server->has_value() && (*server)->inode != 0) {
    if (spec_.is_wanted((*server)->inode)) return Ask();
    return Finish(ProbeVerdict::kMisdirected, "another listener accepted the probe");
  }
  if (server.ok() && !server->has_value() && os::PendingError(fd_.get()) != 0) {
    return Finish(ProbeVerdict::kBad, "the probe was reset before it was accepted");
  }
  retry_.Later();
}

void Probe::Ask() {
  if (spec_.path.empty()) return Finish(ProbeVerdict::kGood, "");
  phase_ = Phase::kAsking;
  // A zone means something on this host only, and makes a Host field that servers refuse (RFC 3986
  // section 3.2.2).
  const auto host = os::SocketAddress::FromBytes(
      spec_.server.family(), spec_.server.host_bytes().data(), spec_.server.port());
  const std::string request =
      absl::StrCat("GET ", spec_.path, " HTTP/1.1\r\nHost: ", host.ToString(),
                   "\r\nUser-Agent: rollport-probe\r\nConnection: close\r\n\r\n");
  // A fresh connection's send buffer holds far more than this.
  if (send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return Finish(ProbeVerdict::kBad, absl::StrCat("send: ", strerror(errno)));
  }
  // If this fails, the deadline ends the probe.
  watch_->Set(EPOLLIN).IgnoreError();
}

void Probe::OnReadable() {
  char buffer[4096];
  const ssize_t n = recv(fd_.get(), buffer, sizeof buffer, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n < 0) return Finish(ProbeVerdict::kBad, absl::StrCat("read: ", strerror(errno)));
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
    switch (event) {
      case http::ParseEvent::kHead: {
        const int status = parser_.head().status;
        if (status >= 200 && status < 300) break;
        return Finish(ProbeVerdict::kBad, absl::StrCat("HTTP ", status, " to GET ", spec_.path));
      }
      case http::ParseEvent::kBody:
        break;
      case http::ParseEvent::kEnd:
        return Finish(ProbeVerdict::kGood, "");
      case http::ParseEvent::kError:
        return Finish(ProbeVerdict::kBad,
                      absl::StrCat("GET ", spec_.path, ": ", parser_.error().reason));
      case http::ParseEvent::kNeedMore:
        if (!eof) return;
        return Finish(ProbeVerdict::kBad,
                      absl::StrCat("GET ", spec_.path, " was closed without an answer"));
    }
  }
}

void Probe::OnTimeout() {
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
