// A worker in a child process, and a client that speaks to it in plain bytes.
#ifndef ROLLPORT_TESTS_WORKER_WORKER_PROCESS_H_
#define ROLLPORT_TESTS_WORKER_WORKER_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/parser.h"
#include "os/address.h"
#include "os/notify_socket.h"
#include "os/unique_fd.h"
#include "protocol/mapped_page.h"
#include "rollport/worker.h"

namespace rollport::worker {

class WorkerProcess {
 public:
  using Setup = std::function<void(Worker&)>;
  using Env = std::map<std::string, std::string>;

  // Forks, runs `setup` and the worker in the child, and waits for READY=1. Listens on a free port
  // of 127.0.0.1 unless `options` or `env` say otherwise. `before_run` runs in the child, first.
  explicit WorkerProcess(Setup setup, WorkerOptions options = {.listen = {"127.0.0.1:0"}},
                         Env env = {}, std::function<void()> before_run = nullptr);
  WorkerProcess(const WorkerProcess&) = delete;
  // Kills it if it still runs.
  ~WorkerProcess();

  pid_t pid() const { return pid_; }
  os::SocketAddress address(size_t i = 0) const { return addresses_.at(i); }
  const protocol::WorkerPage& page() const { return *page_; }
  const protocol::MappedPage& mapped_page() const { return page_; }
  // Descriptors that the worker has open now.
  size_t descriptors() const;

  void Signal(int signal) const;
  // SIGTERM, and waits for STOPPING=1.
  void Drain();
  // Waits until it is stopped by SIGSTOP.
  void AwaitStop();
  // Waits for its end; the exit status, or minus the signal.
  int Wait();
  // True if it has not ended yet.
  bool running();

 private:
  void AwaitNotice(std::string_view key);

  std::string directory_;
  std::optional<os::NotifySocket> notify_;
  os::UniqueFd page_fd_;
  protocol::MappedPage page_;
  pid_t pid_ = -1;
  std::vector<os::SocketAddress> addresses_;
  std::optional<int> status_;
};

struct Answer {
  int status = 0;  // 0: none came
  bool keep_alive = false;
  bool chunked = false;
  std::map<std::string, std::string> fields;
  std::string body;
  std::string error;  // of the parser, or of the socket
};

// A blocking client; each wait is bounded by 20 seconds.
class Client {
 public:
  // fd() is -1 if it could not connect, or if `source` is in use.
  explicit Client(const os::SocketAddress& address, const std::string& source = "");
  // Takes over a connection from os::Connect.
  explicit Client(os::UniqueFd connection);
  int fd() const { return fd_.get(); }
  void Send(std::string_view bytes);
  // The next answer, whole.
  Answer Read(std::string_view method = "GET");
  Answer Get(std::string_view target);
  // What comes next: all bytes until the end of the stream, then "<EOF>" or "<RST>".
  std::string ReadToEnd();
  void ShutdownWrite();
  void Reset();  // closes with an RST
  void Close() { fd_.Reset(); }
  // True if the peer sends or closes within `ms`.
  bool Readable(int ms);

 private:
  void LimitPatience();

  os::UniqueFd fd_;
  http::ResponseParser parser_{{.max_head = 64 << 10, .max_body = 1 << 30}};
  std::string buffer_;
};

std::string Request1(std::string_view target, std::string_view fields = "",
                     std::string_view method = "GET");

}  // namespace rollport::worker

#endif  // ROLLPORT_TESTS_WORKER_WORKER_PROCESS_H_
