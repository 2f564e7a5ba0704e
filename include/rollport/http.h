// What a handler sees of HTTP: a Request to read and a Response to answer with.
//
// Everything here belongs to the thread that calls Worker::Run(). A handler must not block: it
// keeps its Response, and answers when the work is done.
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

// One request with its whole body. It and its copies are valid until its Response has ended or was
// aborted. From then on no view taken from them may be used. They read as an empty request while a
// handle to that Response is kept, and may not be used any more afterwards.
class Request {
 public:
  std::string_view method() const;
  // As it was sent, percent-encoded: "/a%20b?q=1".
  std::string_view target() const;
  // The target up to the first '?'; still percent-encoded.
  std::string_view path() const;
  // What follows the first '?'; empty if there is none.
  std::string_view query() const;
  // The decoded value of the first "name=value" of the query; nullopt if there is none.
  std::optional<std::string> query_value(std::string_view name) const;
  // The value of the first field with this name, without regard to case; nullopt if there is none.
  std::optional<std::string_view> header(std::string_view name) const;
  // For a field that is a list, such as Accept or If-None-Match: the values of all fields with this
  // name, in their order, joined by ", ", because a client may send a list in several lines (RFC
  // 9110 section 5.3); nullopt if there is none.
  std::optional<std::string> header_list(std::string_view name) const;
  // The content, without the framing of chunked coding.
  std::string_view body() const;
  // Requests with the same number all arrived before the first of them was handled, so a lookup
  // that was made for that one (whether a file has changed, what time it is) is fresh for the rest.
  // A fragmented or pipelined request may have completed later in the same turn of the loop. Call
  // only inside the handler.
  uint64_t batch() const;
  // "192.0.2.7:51234" or "[2001:db8::7]:51234".
  std::string peer() const;

 private:
  friend class worker::Exchange;
  explicit Request(const worker::Exchange* exchange) : exchange_(exchange) {}
  const worker::Exchange* exchange_;
};

// The answer to one request, given now or later, once. A copy is another handle to the same answer.
// If the last handle is destroyed without an answer, the client gets a 500. If it is destroyed
// between Start and End, the connection is closed, so that the client sees that the answer is not
// complete.
//
// The library adds Date, Content-Length or Transfer-Encoding, and Connection, and ignores these
// four in `headers`. It leaves the body out for HEAD, 204 and 304, and turns a CR, LF or NUL in a
// name or value into a space. A status that is not 200 to 599 becomes 500; an empty `content_type`
// is left out. After the client has gone, and after the end of the answer, every call does nothing.
// A handle may outlive its connection and the Worker.
class Response {
 public:
  Response(const Response& other);
  Response(Response&& other) noexcept;
  Response& operator=(Response other) noexcept;
  ~Response();

  // A whole answer in one call. `body` is copied.
  void Send(int status, std::string_view content_type, std::string_view body,
            const Headers& headers = {});
  // Sends `length` bytes of the file `fd`, from `offset` on, as the body, by sendfile(2). Takes
  // ownership of `fd` in every case. REQUIRES: the file has that many bytes; if it shrinks before
  // they are sent, the connection is closed.
  void SendFile(int status, std::string_view content_type, int fd, uint64_t offset, uint64_t length,
                const Headers& headers = {});

  // A streamed answer: Start, any number of Writes, End. The body is sent chunked, or, to an
  // HTTP/1.0 client, up to the close of the connection.
  void Start(int status, std::string_view content_type, const Headers& headers = {});
  // `piece` is copied. Returns false if 64 KiB or more now wait to be sent: wait for OnWritable
  // before writing more. Returns false too, and writes nothing, if the stream has not begun or has
  // ended, or the client has gone.
  bool Write(std::string_view piece);
  void End();
  // Calls `callback` once, when the kernel has taken everything that was written. It replaces a
  // callback that still waits. Does nothing outside a stream.
  void OnWritable(std::function<void()> callback);

  // Calls `callback` once if the connection breaks before the answer is complete. A client that has
  // closed looks like one that has only ended its sending half, until something is sent to it; so
  // it is still answered.
  void OnAbort(std::function<void()> callback);
  // Whether that has happened.
  bool aborted() const;

 private:
  friend class worker::Exchange;
  explicit Response(worker::Exchange* exchange);
  worker::Exchange* exchange_;
};

using Handler = std::function<void(const Request&, Response)>;

}  // namespace rollport

#endif  // ROLLPORT_HTTP_H_
