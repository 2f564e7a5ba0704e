#include "tests/controller/support/puppet.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "os/notify_socket.h"
#include "os/socket.h"

namespace rollport::controller {
namespace {

constexpr int kStrings = 3;

// One call; the argument follows it in the same message.
struct Request {
  char verb = 0;
  uint64_t number = 0;
};

uint64_t InodeOf(int fd) {
  struct stat info;
  RP_CHECK(fstat(fd, &info) == 0, "fstat");
  return info.st_ino;
}

// What runs in the process.
class Stage {
 public:
  [[noreturn]] void Run() {
    while (true) {
      std::vector<pollfd> polled = {{.fd = kStrings, .events = POLLIN}};
      std::vector<uint64_t> served;
      for (const auto& [listener, status] : status_) {
        polled.push_back({.fd = Fd(listener), .events = POLLIN});
        served.push_back(listener);
      }
      RP_CHECK(poll(polled.data(), polled.size(), -1) > 0, "poll");
      for (size_t i = 0; i < served.size(); ++i) {
        if (polled[i + 1].revents != 0) AnswerOne(served[i]);
      }
      if (polled[0].revents != 0) Obey();
    }
  }

 private:
  int Fd(uint64_t socket) const { return sockets_.at(socket).get(); }

  uint64_t Keep(os::UniqueFd fd) {
    const uint64_t inode = InodeOf(fd.get());
    sockets_[inode] = std::move(fd);
    return inode;
  }

  void Obey() {
    char message[512];
    const ssize_t n = recv(kStrings, message, sizeof message, 0);
    if (n <= 0) _exit(0);
    Request request;
    memcpy(&request, message, sizeof request);
    const uint64_t answer =
        Do(request, {message + sizeof request, static_cast<size_t>(n) - sizeof request});
    RP_CHECK(send(kStrings, &answer, sizeof answer, 0) == sizeof answer, "answer");
  }

  uint64_t Do(const Request& request, const std::string& argument) {
    switch (request.verb) {
      case 'l':
      case 'd':
        return Listen(argument, request.verb == 'd');
      case 'c':
        status_.erase(request.number);
        return sockets_.erase(request.number);
      case 'r':
        RP_CHECK(shutdown(Fd(request.number), SHUT_RDWR) == 0, "shutdown");
        RP_CHECK(listen(Fd(request.number), 64) == 0, "listen");
        return 0;
      case 'm':
        return Keep(os::UniqueFd(fcntl(Fd(request.number), F_DUPFD_CLOEXEC, 50)));
      case 'a':
        return Keep(AcceptOne(request.number));
      case 'i':
        Read(request.number);
        return 0;
      case 's':
        status_[request.number] = std::stoi(argument);
        return 0;
      case 'f':
        return Fork(request.number != 0);
      case 'n':
      case 'N':
        Notify(argument, request.verb == 'N');
        return 0;
      default:
        _exit(static_cast<int>(request.number));
    }
  }

  uint64_t Listen(const std::string& address, bool deferring) {
    os::UniqueFd fd = *os::Bind(*os::SocketAddress::Parse(address));
    const int seconds = 30;
    if (deferring) {
      RP_CHECK(setsockopt(fd.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds) == 0,
               "TCP_DEFER_ACCEPT");
    }
    RP_CHECK(os::StartListening(fd.get(), 64).ok(), "listen");
    return Keep(std::move(fd));
  }

  os::UniqueFd AcceptOne(uint64_t listener) const {
    pollfd polled = {.fd = Fd(listener), .events = POLLIN};
    RP_CHECK(poll(&polled, 1, 20'000) == 1, "a connection to accept");
    return std::move((*os::Accept4(polled.fd))->fd);
  }

  void Read(uint64_t connection) const {
    pollfd polled = {.fd = Fd(connection), .events = POLLIN};
    char input[64];
    RP_CHECK(poll(&polled, 1, 20'000) == 1 && recv(polled.fd, input, sizeof input, 0) > 0, "input");
  }

  // It blocks until the client sends something or closes.
  void AnswerOne(uint64_t listener) const {
    auto accepted = os::Accept4(Fd(listener));
    if (!accepted.ok() || !accepted->has_value()) return;
    pollfd polled = {.fd = (*accepted)->fd.get(), .events = POLLIN};
    poll(&polled, 1, 20'000);
    char request[4096];
    if (recv(polled.fd, request, sizeof request, 0) <= 0) return;
    const std::string answer =
        absl::StrCat("HTTP/1.1 ", status_.at(listener), " .\r\nContent-Length: 0\r\n\r\n");
    send(polled.fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  static uint64_t Fork(bool escapes) {
    int ready[2];
    RP_CHECK(pipe2(ready, O_CLOEXEC) == 0, "pipe");
    const pid_t pid = fork();
    RP_CHECK(pid >= 0, "fork");
    if (pid == 0) {
      if (escapes) setsid();
      close(ready[0]);
      close(ready[1]);
      // Only its end is reported; what is sent is for the parent.
      pollfd polled = {.fd = kStrings, .events = 0};
      poll(&polled, 1, -1);
      _exit(0);
    }
    close(ready[1]);
    char byte;
    RP_CHECK(read(ready[0], &byte, 1) == 0, "the child runs");
    close(ready[0]);
    return static_cast<uint64_t>(pid);
  }

  static void Notify(const std::string& argument, bool by_child) {
    const size_t split = argument.find('\n');
    setenv(os::kNotifyVariable, argument.substr(0, split).c_str(), 1);
    const auto send = [&] { RP_CHECK(os::Notify(argument.substr(split + 1)).ok(), "notify"); };
    if (!by_child) return send();
    const pid_t pid = fork();
    if (pid == 0) {
      send();
      // Until the parent is told, because the kernel names it by a pid that has to mean something.
      pollfd polled = {.fd = kStrings, .events = 0};
      poll(&polled, 1, -1);
      _exit(0);
    }
  }

  std::map<uint64_t, os::UniqueFd> sockets_;
  std::map<uint64_t, int> status_;  // of the answers of those that serve by themselves
};

// Nothing of the test's own is held by the process.
void CloseAllBut(int strings) {
  RP_CHECK(dup2(strings, kStrings) == kStrings, "dup2");
  RP_CHECK(syscall(SYS_close_range, kStrings + 1, ~0U, 0) == 0, "close_range");
}

}  // namespace

Puppet::Puppet() {
  int ends[2];
  RP_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
  strings_.Reset(ends[0]);
  const os::UniqueFd other(ends[1]);
  pid_ = fork();
  RP_CHECK(pid_ >= 0, "fork");
  if (pid_ != 0) {
    setpgid(pid_, pid_);
    return;
  }
  setpgid(0, 0);
  CloseAllBut(other.get());
  Stage().Run();
}

os::Child Puppet::TakeProcess() const { return *os::Child::TakeOver(pid_); }

uint64_t Puppet::Call(char verb, std::string_view argument, uint64_t number) {
  const Request request = {.verb = verb, .number = number};
  std::string message(reinterpret_cast<const char*>(&request), sizeof request);
  message.append(argument);
  RP_CHECK(send(strings_.get(), message.data(), message.size(), MSG_NOSIGNAL) > 0, "send");
  uint64_t answer = 0;
  if (verb == 'x') return answer;
  RP_CHECK(recv(strings_.get(), &answer, sizeof answer, 0) == sizeof answer, "it answers");
  return answer;
}

uint64_t Puppet::Listen(const os::SocketAddress& address) { return Call('l', address.ToString()); }
uint64_t Puppet::ListenDeferring(const os::SocketAddress& address) {
  return Call('d', address.ToString());
}
void Puppet::Close(uint64_t listener) { Call('c', "", listener); }
void Puppet::Relisten(uint64_t listener) { Call('r', "", listener); }
void Puppet::Move(uint64_t listener) { Call('m', "", listener); }
void Puppet::Read(uint64_t connection) { Call('i', "", connection); }

uint64_t Puppet::Accept(uint64_t listener) { return Call('a', "", listener); }
void Puppet::Serve(uint64_t listener, int status) { Call('s', std::to_string(status), listener); }
pid_t Puppet::Fork(bool escapes) { return static_cast<pid_t>(Call('f', "", escapes ? 1 : 0)); }
void Puppet::Notify(const std::string& path, std::string_view text, bool by_child) {
  Call(by_child ? 'N' : 'n', absl::StrCat(path, "\n", std::string(text)));
}
void Puppet::Exit(int code) { Call('x', "", static_cast<uint64_t>(code)); }

}  // namespace rollport::controller
