#include "tests/support/scripted_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/strings.h"
#include "os/socket.h"

namespace rollport::test {
namespace {

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  RP_CHECK(value.ok(), ToStd(value.status().message()));
  return *std::move(value);
}

}  // namespace

std::optional<PeerRequest> Peer::Read() {
  PeerRequest request;
  while (true) {
    size_t consumed = 0;
    const http::ParseEvent event = parser_.Next(buffer_, &consumed);
    if (event == http::ParseEvent::kHead) request.head = parser_.head();
    if (event == http::ParseEvent::kBody) request.body += parser_.body();
    buffer_.erase(0, consumed);
    if (event == http::ParseEvent::kEnd) return request;
    if (event == http::ParseEvent::kError) return std::nullopt;
    if (event != http::ParseEvent::kNeedMore) continue;
    char piece[16384];
    const ssize_t n = recv(fd_, piece, sizeof piece, 0);
    if (n <= 0) return std::nullopt;
    buffer_.append(piece, static_cast<size_t>(n));
  }
}

void Peer::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void Peer::SendAndClose(std::string_view bytes) {
  [[maybe_unused]] const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_MORE);
  Close();
}

void Peer::Close() {
  on_close_(fd_);
  ::close(std::exchange(fd_, -1));
}

void Peer::Reset() {
  const linger now = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  Close();
}

void Peer::AwaitEnd() {
  char piece[4096];
  while (recv(fd_, piece, sizeof piece, 0) > 0) {
  }
}

ScriptedServer::ScriptedServer(Script script, std::string_view address)
    : script_(std::move(script)),
      listener_(OrDie(os::Listen(OrDie(os::SocketAddress::Parse(address)), 128))),
      address_(OrDie(os::LocalAddress(listener_.get()))),
      acceptor_([this] { Serve(); }) {}

ScriptedServer::~ScriptedServer() {
  shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

std::string ScriptedServer::url(std::string_view target) const {
  return absl::StrCat("http://", address_.ToString(), ToAbsl(target));
}

void ScriptedServer::Serve() {
  while (true) {
    pollfd ready = {.fd = listener_.get(), .events = POLLIN};
    poll(&ready, 1, -1);
    const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0 && errno == EAGAIN) continue;
    if (fd < 0) return;
    const int number = accepted_++;
    threads_.emplace_back([this, fd, number] { Play(fd, number); });
  }
}

void ScriptedServer::Play(int fd, int number) {
  {
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
  }
  Peer peer(fd, [this](int closing) {
    // The destructor must not shut down another descriptor that has got the same number.
    const std::lock_guard lock(mutex_);
    std::erase(open_, closing);
  });
  script_(peer, number);
  if (!peer.closed()) peer.Close();
}

std::string Answer(std::string_view body, std::string_view fields) {
  return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(), "\r\n", ToAbsl(fields),
                      "\r\n", ToAbsl(body));
}

ScriptedServer::Script GoodScript(std::string body) {
  return [body = std::move(body)](Peer& peer, int) {
    while (const std::optional<PeerRequest> request = peer.Read()) {
      const std::string& content = request->head.method == "POST" ? request->body : body;
      peer.Send(Answer(content, request->head.keep_alive ? "" : "Connection: close\r\n"));
      if (!request->head.keep_alive) return;
    }
  };
}

}  // namespace rollport::test
