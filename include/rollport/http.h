// What a handler sees of HTTP: a Request to read and a Response to answer with.
//
// Everything here belongs to the worker's one thread. A handler must not block; work that takes
// time is answered later through the Response it was given.
#ifndef ROLLPORT_HTTP_H_
#define ROLLPORT_HTTP_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollport {

namespace worker {
class Exchange;
}

using Headers = std::vector<std::pair<std::string, std::string>>;

// One request with its whole body. Valid until its Response has ended or was aborted; then it reads
// as an empty request, and no view taken from it may be used any more. May be copied.
class Request {
 public:
  std::string_view method() const;
  // As it was sent, percent-encoded: "/a%20b?q=1".
  std::string_view target() const;
  // The target up to the first '?'; still percent-encoded.
  std::string_view path() const;
  // What follows the first '?'; empty where there is none.
  std::string_view query() const;
  // The decoded value of the first "name=value" of the query.
  std::optional<std::string> query_value(std::string_view name) const;
  // The first field with this name, without regard to case.
  std::optional<std::string_view> header(std::string_view name) const;
  std::string_view body() const;
  // Requests with the same number had all arrived before the first of them was given to its
  // handler. So what that one looked up (whether a file has changed, what time it is) is fresh
  // enough for the others. Only a request that its client sent in pieces, or behind another one
  // whose answer it did not wait for, may have ended later, within one turn of the loop. To be
  // asked in the handler itself.
  uint64_t batch() const;
  // "192.0.2.7:51234" or "[2001:db8::7]:51234".
  std::string peer() const;

 private:
  friend class worker::Exchange;
  explicit Request(const worker::Exchange* exchange) : exchange_(exchange) {}
  const worker::Exchange* exchange_;
};

// The answer to one request, to be given now or later, exactly once. A copy is another handle to
// the same answer. When the last handle goes without an answer, the client is sent a 500.
//
// The library adds Date, Content-Length or Transfer-Encoding, and Connection; it leaves the body
// out for HEAD, 204 and 304; of `headers` it drops those four and replaces a CR or LF in a value. A
// status that is not 200 to 599 becomes 500. After the client has gone, and after the end of the
// answer, every call is a harmless no-op. When the last handle goes between Start and End, the
// connection is cut, so that the client can tell.
class Response {
 public:
  Response(const Response& other);
  Response(Response&& other) noexcept;
  Response& operator=(Response other) noexcept;
  ~Response();

  // A whole answer in one call.
  void Send(int status, std::string_view content_type, std::string_view body,
            const Headers& headers = {});
  // Sends `length` bytes of the file `fd` from `offset` as the body, by sendfile(2). Owns `fd` from
  // here on. REQUIRES: the file has that many bytes; if it shrinks meanwhile the connection is cut.
  void SendFile(int status, std::string_view content_type, int fd, uint64_t offset, uint64_t length,
                const Headers& headers = {});

  // A streamed answer: Start, any number of Writes, End. The body is sent chunked, or up to the
  // close of the connection where the client speaks HTTP/1.0.
  void Start(int status, std::string_view content_type, const Headers& headers = {});
  // False when more is buffered than the client takes: wait for OnWritable before writing more.
  // False too, and nothing is written, after the client has gone.
  bool Write(std::string_view piece);
  void End();
  // Called once, when the buffer has been sent after Write returned false.
  void OnWritable(std::function<void()> callback);

  // Called once if the connection breaks before the answer is complete. A client that has closed
  // but been sent nothing since looks like one that has ended its half only, and is still answered.
  void OnAbort(std::function<void()> callback);
  bool aborted() const;

 private:
  friend class worker::Exchange;
  explicit Response(worker::Exchange* exchange);
  worker::Exchange* exchange_;
};

using Handler = std::function<void(const Request&, Response)>;

}  // namespace rollport

#endif  // ROLLPORT_HTTP_H_
