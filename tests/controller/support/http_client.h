// A client of one of the controller's HTTP servers, in the process and the event loop of the
// server.
#ifndef ROLLPORT_TESTS_CONTROLLER_SUPPORT_HTTP_CLIENT_H_
#define ROLLPORT_TESTS_CONTROLLER_SUPPORT_HTTP_CLIENT_H_

#include <sys/socket.h>

#include <cerrno>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/instant.h"
#include "gtest/gtest.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::controller {

class HttpClient {
 public:
  // `connect` makes a connection to the server. `loop` is borrowed.
  HttpClient(os::EventLoop& loop, std::function<os::UniqueFd()> connect)
      : loop_(loop), connect_(std::move(connect)) {}

  os::UniqueFd Connect() const { return connect_(); }
  void Send(const os::UniqueFd& connection, const std::string& bytes) const {
    EXPECT_EQ(send(connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // A new connection, on which these bytes have been sent.
  os::UniqueFd Open(const std::string& bytes) const {
    os::UniqueFd connection = Connect();
    Send(connection, bytes);
    return connection;
  }
  // The same with a request without a body. `line`: "GET /"; `fields`: lines that end with CRLF.
  os::UniqueFd Begin(const std::string& line, const std::string& fields = "") const {
    return Open(absl::StrCat(line, " HTTP/1.1\r\nHost: x\r\n", fields, "\r\n"));
  }

  // Turns the loop until the answer holds `end`, or ends. Returns what has come of it.
  std::string Read(const os::UniqueFd& connection, const std::string& end) const {
    std::string answer;
    bool over = false;
    Await([&] {
      over = !TakeSome(connection, &answer);
      return over || answer.find(end) != std::string::npos;
    });
    return answer;
  }
  std::string ReadToEnd(const os::UniqueFd& connection) const {
    return Read(connection, "\1");  // is in no answer
  }
  // The whole answer to a request on a connection of its own.
  std::string Ask(const std::string& line, const std::string& body = "") const {
    const std::string length =
        body.empty() ? "" : absl::StrCat("Content-Length: ", body.size(), "\r\n");
    const os::UniqueFd connection = Open(
        absl::StrCat(line, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", length, "\r\n", body));
    return ReadToEnd(connection);
  }
  // Turns the loop until `condition` is true, for two minutes at most: a machine that does other
  // things too may need many seconds.
  void Await(const std::function<bool()>& condition) const {
    const Instant end = os::EventLoop::ReadNow() + absl::Minutes(2);
    while (!condition()) {
      ASSERT_LT(os::EventLoop::ReadNow(), end);
      ASSERT_TRUE(loop_.Turn(absl::Milliseconds(1)).ok());
    }
  }

 private:
  // False at the end of the stream.
  static bool TakeSome(const os::UniqueFd& connection, std::string* answer) {
    char buffer[1 << 16];
    const ssize_t n = recv(connection.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) answer->append(buffer, static_cast<size_t>(n));
    return n > 0 || (n < 0 && errno == EAGAIN);
  }

  os::EventLoop& loop_;
  const std::function<os::UniqueFd()> connect_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_SUPPORT_HTTP_CLIENT_H_
