// A server on plain blocking sockets that does with each connection what a script says, right or
// wrong. One thread for the listener and one for each connection.
#ifndef ROLLPORT_TESTS_SUPPORT_SCRIPTED_SERVER_H_
#define ROLLPORT_TESTS_SUPPORT_SCRIPTED_SERVER_H_

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/parser.h"
#include "os/address.h"
#include "os/unique_fd.h"

namespace rollport::test {

struct PeerRequest {
  http::RequestHead head;
  std::string body;
};

// The server's end of one connection.
class Peer {
 public:
  // `on_close` is called with the descriptor just before it is closed.
  Peer(int fd, std::function<void(int)> on_close) : fd_(fd), on_close_(std::move(on_close)) {}

  // The next whole request; nullopt if the client has closed, or has sent nonsense.
  std::optional<PeerRequest> Read();
  void Send(std::string_view bytes);
  // Sends the last bytes and the FIN in one segment, so that nothing from the client can come
  // between them.
  void SendAndClose(std::string_view bytes);
  void Close();     // FIN; RST if something is left unread
  void Reset();     // RST
  void AwaitEnd();  // until the client closes, or the server is destroyed
  bool closed() const { return fd_ < 0; }

 private:
  int fd_;
  std::function<void(int)> on_close_;
  std::string buffer_;
  http::RequestParser parser_{http::Limits{.max_body = 64 << 20}};
};

class ScriptedServer {
 public:
  // `script` runs once for each connection, `number` 0 for the first; the connection is closed when
  // it returns. `address` has port 0.
  using Script = std::function<void(Peer& peer, int number)>;
  explicit ScriptedServer(Script script, std::string_view address = "127.0.0.1:0");
  // Ends all connections and waits for their scripts.
  ~ScriptedServer();

  std::string url(std::string_view target = "/") const;
  int connections() const { return accepted_; }

 private:
  void Serve();
  void Play(int fd, int number);

  const Script script_;
  os::UniqueFd listener_;
  os::SocketAddress address_;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;  // guarded by mutex_
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// "HTTP/1.1 200 OK" with this body, its Content-Length and these further field lines, each ending
// in CRLF.
std::string Answer(std::string_view body, std::string_view fields = "");

// A script without errors: echoes POST, answers GET with `body`, keeps the connection unless the
// request asks to close it.
ScriptedServer::Script GoodScript(std::string body);

}  // namespace rollport::test

#endif  // ROLLPORT_TESTS_SUPPORT_SCRIPTED_SERVER_H_
