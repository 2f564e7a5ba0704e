// The request of an exchange, as far as it has come. Reads as an empty one before it is complete
// and after its answer has ended.
#ifndef ROLLPORT_WORKER_RECEIVED_REQUEST_H_
#define ROLLPORT_WORKER_RECEIVED_REQUEST_H_

#include <string>
#include <string_view>

#include "base/instant.h"
#include "http/message.h"
#include "http/target.h"
#include "rollport/http.h"

namespace rollport::worker {

class ReceivedRequest {
 public:
  // The head has come, at `now`. `handler`, null if there is none, must outlive the request.
  void Begin(const Handler* handler, Instant now) {
    handler_ = handler;
    began_ = now;
  }
  void AppendBody(std::string_view piece) { body_.append(piece); }
  // The end has come. `head`, and what `parts` points to, must stay until Clear().
  void Complete(const http::RequestHead* head, const http::TargetParts& parts) {
    head_ = head;
    parts_ = parts;
  }
  // Gives back the memory of a large body, and keeps that of a small one for the next request.
  void Clear();

  const http::RequestHead& head() const { return *head_; }
  const http::TargetParts& parts() const { return parts_; }
  std::string_view body() const { return body_; }

  // Of the last Begin().
  const Handler* handler() const { return handler_; }
  Instant began() const { return began_; }

 private:
  static const http::RequestHead kNone;

  const Handler* handler_ = nullptr;
  Instant began_;
  const http::RequestHead* head_ = &kNone;
  http::TargetParts parts_;
  std::string body_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_RECEIVED_REQUEST_H_
