#include "tests/worker/worker_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/strings.h"
#include "os/socket.h"

namespace rollport::worker {
namespace {

constexpr int kPatienceMs = 20'000;

std::string MakeDirectory() {
  std::string path = "/tmp/rollport-worker-test-XXXXXX";
  RP_CHECK(mkdtemp(path.data()) != nullptr, path);
  return path;
}

std::string ReadAll(int fd) {
  std::string text;
  char buffer[512];
  for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, n);
  return text;
}

}  // namespace

WorkerProcess::WorkerProcess(Setup setup, WorkerOptions options, Env env,
                             std::function<void()> before_run)
    : directory_(MakeDirectory()),
      notify_(*os::NotifySocket::Create(directory_ + "/notify")),
      page_fd_(*protocol::MappedPage::CreateFd()),
      page_(*protocol::MappedPage::Map(page_fd_.get())) {
  int pipe_ends[2];
  RP_CHECK(pipe2(pipe_ends, O_CLOEXEC) == 0, "pipe2");
  os::UniqueFd reader(pipe_ends[0]), writer(pipe_ends[1]);
  std::fflush(nullptr);
  pid_ = fork();
  RP_CHECK(pid_ >= 0, "fork");
  if (pid_ == 0) {
    reader.Reset();
    // Not to outlive a test that fails.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (before_run) before_run();
    setenv("NOTIFY_SOCKET", notify_->path().c_str(), 1);
    setenv("ROLLPORT_PAGE_FD", std::to_string(page_fd_.Release()).c_str(), 1);
    for (const auto& [name, value] : env) setenv(name.c_str(), value.c_str(), 1);
    Worker worker(options);
    worker.OnStart([&] {
      std::string text;
      for (const std::string& address : worker.addresses()) text += address + " ";
      const bool told = write(writer.get(), text.data(), text.size()) > 0;
      writer.Reset();
      return told;
    });
    setup(worker);
    std::exit(worker.Run());
  }
  writer.Reset();
  const std::vector<std::string> texts =
      absl::StrSplit(ReadAll(reader.get()), ' ', absl::SkipEmpty());
  for (const std::string& text : texts) addresses_.push_back(*os::SocketAddress::Parse(text));
  if (!addresses_.empty()) AwaitNotice("READY");
}

WorkerProcess::~WorkerProcess() {
  if (!status_) {
    kill(pid_, SIGKILL);
    Wait();
  }
  notify_.reset();
  rmdir(directory_.c_str());
}

void WorkerProcess::AwaitNotice(std::string_view key) {
  while (true) {
    pollfd p{.fd = notify_->fd(), .events = POLLIN, .revents = 0};
    RP_CHECK(poll(&p, 1, kPatienceMs) == 1, "the worker says nothing");
    const auto message = notify_->Read();
    if (message.ok() && message->has_value() && (*message)->Get(key) == "1") return;
  }
}

size_t WorkerProcess::descriptors() const {
  size_t n = 0;
  DIR* dir = opendir(absl::StrCat("/proc/", pid_, "/fd").c_str());
  RP_CHECK(dir != nullptr, "opendir");
  while (readdir(dir) != nullptr) ++n;
  closedir(dir);
  return n;
}

void WorkerProcess::Signal(int signal) const { RP_CHECK(kill(pid_, signal) == 0, "kill"); }

void WorkerProcess::Drain() {
  Signal(SIGTERM);
  AwaitNotice("STOPPING");
}

void WorkerProcess::AwaitStop() {
  siginfo_t info{};
  RP_CHECK(waitid(P_PID, pid_, &info, WSTOPPED | WEXITED | WNOWAIT) == 0, "waitid");
  RP_CHECK(info.si_code == CLD_STOPPED, "the worker has ended");
}

int WorkerProcess::Wait() {
  if (!status_) {
    int status = 0;
    RP_CHECK(waitpid(pid_, &status, 0) == pid_, "waitpid");
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  return *status_;
}

bool WorkerProcess::running() {
  siginfo_t info{};
  RP_CHECK(waitid(P_PID, pid_, &info, WEXITED | WNOHANG | WNOWAIT) == 0, "waitid");
  return info.si_pid == 0;
}

Client::Client(os::UniqueFd connection) : fd_(std::move(connection)) {
  fcntl(fd_.get(), F_SETFL, 0);
  LimitPatience();
}

Client::Client(const os::SocketAddress& address, const std::string& source)
    : fd_(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  LimitPatience();
  sockaddr_storage storage;
  if (!source.empty()) {
    const socklen_t length = os::SocketAddress::Parse(source)->ToSockaddr(&storage);
    const int one = 1;
    setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd_.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0) {
      fd_.Reset();
      return;
    }
  }
  const socklen_t length = address.ToSockaddr(&storage);
  if (connect(fd_.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0) fd_.Reset();
}

void Client::LimitPatience() {
  const timeval limit{.tv_sec = kPatienceMs / 1000, .tv_usec = 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

void Client::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

Answer Client::Read(std::string_view method) {
  Answer answer;
  parser_.ExpectResponseTo(method);
  while (true) {
    size_t consumed = 0;
    http::ParseEvent event = parser_.Next(buffer_, &consumed);
    if (event == http::ParseEvent::kBody) answer.body += parser_.body();
    if (event == http::ParseEvent::kHead) {
      const http::ResponseHead& head = parser_.head();
      answer.status = head.status;
      answer.keep_alive = head.keep_alive;
      answer.chunked = head.chunked;
      for (const http::Field& f : head.fields) {
        answer.fields[std::string(f.name)] = std::string(f.value);
      }
    }
    buffer_.erase(0, consumed);
    if (event == http::ParseEvent::kNeedMore) {
      char bytes[16384];
      const ssize_t n = recv(fd_.get(), bytes, sizeof bytes, 0);
      if (n > 0) {
        buffer_.append(bytes, static_cast<size_t>(n));
        continue;
      }
      if (n < 0) {
        answer.error = errno == ECONNRESET ? "reset" : "nothing came";
        return answer;
      }
      event = parser_.Eof();
    }
    if (event == http::ParseEvent::kError) answer.error = parser_.error().reason;
    if (event == http::ParseEvent::kNeedMore) answer.error = "closed";
    if (event != http::ParseEvent::kHead && event != http::ParseEvent::kBody) return answer;
  }
}

Answer Client::Get(std::string_view target) {
  Send(Request1(target));
  return Read();
}

std::string Client::ReadToEnd() {
  std::string text = std::move(buffer_);
  buffer_.clear();
  char bytes[16384];
  while (true) {
    const ssize_t n = recv(fd_.get(), bytes, sizeof bytes, 0);
    if (n == 0) return text + "<EOF>";
    if (n < 0) return text + (errno == ECONNRESET ? "<RST>" : "<NOTHING>");
    text.append(bytes, static_cast<size_t>(n));
  }
}

void Client::ShutdownWrite() { shutdown(fd_.get(), SHUT_WR); }

void Client::Reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  fd_.Reset();
}

bool Client::Readable(int ms) {
  pollfd p{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return poll(&p, 1, ms) == 1;
}

std::string Request1(std::string_view target, std::string_view fields, std::string_view method) {
  return absl::StrCat(ToAbsl(method), " ", ToAbsl(target), " HTTP/1.1\r\nHost: h\r\n",
                      ToAbsl(fields), "\r\n");
}

}  // namespace rollport::worker
