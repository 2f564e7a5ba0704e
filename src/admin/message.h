// Requests and answers of the controller's own small HTTP server, as values.
#ifndef ROLLPORT_ADMIN_MESSAGE_H_
#define ROLLPORT_ADMIN_MESSAGE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollport::admin {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;
  Fields fields;  // as they were sent
  std::string body;

  bool reads() const { return method == "GET" || method == "HEAD"; }
  // The parts of the target: http/target.h.
  std::string_view path() const;
  std::string_view query() const;
  // Whom the client wants to reach, "name:port": of the target if it is in absolute form, else the
  // Host field (RFC 9112 section 3.2.2); nullopt if there is neither.
  std::optional<std::string> host() const;
  // The values of all fields with this name, without regard to case, joined by ", "; nullopt if
  // there is none.
  std::optional<std::string> field(std::string_view name) const;
};

// A body that is made piece by piece, for as long as the client wants it.
class Stream {
 public:
  enum class State {
    kPiece,  // here is one, and there may be more
    kWait,   // nothing now; `more` will be called
    kEnd,
    kLost,  // it cannot go on: the connection is cut, so that the client can tell
  };
  virtual ~Stream() = default;
  // Called once, first. After a kWait the stream calls `more` as soon as Take() may have something;
  // never from within Take().
  virtual void Begin(std::function<void()> more) = 0;
  // With kPiece, `*piece` is the next piece, not empty.
  virtual State Take(std::string* piece) = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  Fields fields;  // besides Content-Type and those of the framing
  // Instead of `body`, if set.
  std::unique_ptr<Stream> stream;
};

using Handler = std::function<Response(const Request&)>;

}  // namespace rollport::admin

#endif  // ROLLPORT_ADMIN_MESSAGE_H_
