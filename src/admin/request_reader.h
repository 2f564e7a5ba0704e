// Makes whole requests of the bytes that a client sends.
#ifndef ROLLPORT_ADMIN_REQUEST_READER_H_
#define ROLLPORT_ADMIN_REQUEST_READER_H_

#include <string>
#include <string_view>

#include "admin/message.h"
#include "http/parser.h"

namespace rollport::admin {

class RequestReader {
 public:
  enum class Result {
    kNeedMore,  // the next request is not complete
    kContinue,  // the client sends the body only after a "100 Continue"
    kRequest,   // request() is complete
    kError,     // error() says what is wrong; final
  };

  explicit RequestReader(http::Limits limits) : parser_(limits) {}

  // Bytes that the client has sent.
  void Add(std::string_view bytes) { input_.append(bytes); }
  // Reads on, up to the end of one request at most.
  Result Read();
  // True if there are bytes that Read() has not consumed.
  bool has_input() const { return !input_.empty(); }

  // The request that was read last. Empty before the first one and after an error.
  const Request& request() const { return request_; }
  // Whether the connection may stay open after that request, and the x of its HTTP/1.x.
  bool keep_alive() const { return keep_alive_; }
  int minor_version() const { return minor_version_; }
  // Valid after kError.
  const http::ParseError& error() const { return parser_.error(); }

 private:
  void TakeHead();

  http::RequestParser parser_;
  std::string input_;
  Request request_;
  bool keep_alive_ = true;
  int minor_version_ = 1;
};

}  // namespace rollport::admin

#endif  // ROLLPORT_ADMIN_REQUEST_READER_H_
