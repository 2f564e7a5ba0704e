// The practical limit that tools/bench compares with: an epoll loop that answers whatever it reads
// with one fixed reply, without looking at it.
//
//   rollport-bench-bare PORT BYTES keep-alive|close
//
// Listens on 127.0.0.1:PORT with SO_REUSEPORT, so that several may share the port.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

[[noreturn]] void Die(const char* call) {
  perror(call);
  exit(1);
}

// The head is about as long as rollport-httpd's.
std::string FixedReply(size_t body_bytes, bool close) {
  return "HTTP/1.1 200 OK\r\nServer: rollport-bench-bare\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
         "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " +
         std::to_string(body_bytes) +
         "\r\nETag: \"3-0123456789abcdef\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
         "Accept-Ranges: bytes\r\n" +
         (close ? "Connection: close\r\n\r\n" : "\r\n") + std::string(body_bytes, 'x');
}

int Listen(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // accepted sockets inherit it
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) Die("bind");
  if (listen(fd, 4096) != 0) Die("listen");
  return fd;
}

class Loop {
 public:
  Loop(int listener, std::string reply, bool close)
      : listener_(listener), reply_(std::move(reply)), close_(close) {
    Watch(listener, EPOLLIN);
  }

  [[noreturn]] void Run() {
    epoll_event events[512];
    while (true) {
      const int n = epoll_wait(epoll_, events, 512, -1);
      for (int i = 0; i < n; ++i) {
        events[i].data.fd == listener_ ? Accept() : Answer(events[i].data.fd);
      }
    }
  }

 private:
  void Watch(int fd, uint32_t what) const {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) Die("epoll_ctl");
  }

  void Accept() const {
    int fd;
    while ((fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      Watch(fd, EPOLLIN);
    }
  }

  void Answer(int fd) const {
    char bytes[16384];
    const ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    if (n < 0 && errno == EAGAIN) return;
    const bool sent =
        n > 0 && send(fd, reply_.data(), reply_.size(), MSG_NOSIGNAL) == ssize_t(reply_.size());
    if (!sent || close_) close(fd);
  }

  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  const int listener_;
  const std::string reply_;
  const bool close_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: rollport-bench-bare PORT BYTES keep-alive|close\n");
    return 2;
  }
  const bool close = argv[3] == std::string_view("close");
  Loop(Listen(static_cast<uint16_t>(atoi(argv[1]))),
       FixedReply(strtoul(argv[2], nullptr, 10), close), close)
      .Run();
}
