// One request and its answer: what stands behind rollport::Request and rollport::Response.
//
// States: closed -> Open() -> waiting -> streaming -> closed. Handles count themselves; a
// connection uses its exchange again for its next request where no handle is left, and lets it go
// otherwise, so that a late handle cannot touch another request's answer.
#ifndef ROLLPORT_WORKER_EXCHANGE_H_
#define ROLLPORT_WORKER_EXCHANGE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/serialize.h"
#include "os/unique_fd.h"
#include "rollport/http.h"
#include "worker/router.h"

namespace rollport::worker {

class Connection;

class Exchange {
 public:
  explicit Exchange(Connection* connection) : connection_(connection) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // The connection's side.

  bool open() const { return state_ != State::kClosed; }
  bool has_handles() const { return handles_ > 0; }
  // The request is complete. `head` and its views stay until the answer has ended.
  void Open(const http::RequestHead* head, const TargetParts& parts);
  std::string* mutable_body() { return &body_; }
  // Gives the request to `handler`.
  void Give(const Handler& handler);
  // Answers it here and now.
  void AnswerText(int status, std::string_view text);
  // The connection has gone. Calls OnAbort where the answer is not complete. Deletes this when the
  // last handle goes, perhaps now.
  void Detach();
  // The output has run dry. True where somebody waited for that and has been called.
  bool CallWritable();

  // The handles' side; see rollport/http.h.

  void Ref() { ++handles_; }
  void Unref();
  const http::RequestHead& head() const;
  const TargetParts& parts() const { return parts_; }
  std::string_view body() const { return body_; }
  std::string peer() const;
  uint64_t batch() const;
  void Send(int status, std::string_view content_type, std::string_view body,
            const Headers& headers);
  void SendFile(int status, std::string_view content_type, os::UniqueFd file, uint64_t offset,
                uint64_t length, const Headers& headers);
  void Start(int status, std::string_view content_type, const Headers& headers);
  bool Write(std::string_view piece);
  void End();
  void OnWritable(std::function<void()> callback);
  void OnAbort(std::function<void()> callback);
  bool aborted() const { return aborted_; }

 private:
  enum class State { kClosed, kWaiting, kStreaming };

  ~Exchange() = default;
  void WriteHead(int status, std::string_view content_type, http::BodyFraming framing,
                 uint64_t length, const Headers& headers);
  // The answer is complete in the output.
  void Close();

  Connection* connection_;
  const http::RequestHead* head_ = nullptr;
  TargetParts parts_;
  std::string body_;
  State state_ = State::kClosed;
  int handles_ = 0;
  bool aborted_ = false;
  bool sends_content_ = true;
  bool chunked_ = false;
  int status_ = 0;
  uint64_t content_sent_ = 0;
  std::function<void()> on_writable_;
  std::function<void()> on_abort_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_EXCHANGE_H_
