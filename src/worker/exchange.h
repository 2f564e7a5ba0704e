// One request and its answer: what stands behind rollport::Request and rollport::Response.
//
// States: closed -> waiting -> streaming -> closed. Handles count themselves. A connection uses its
// exchange again for its next request if no handle is left, and lets go of it otherwise, so that a
// late handle cannot touch another request's answer.
#ifndef ROLLPORT_WORKER_EXCHANGE_H_
#define ROLLPORT_WORKER_EXCHANGE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "http/serialize.h"
#include "os/unique_fd.h"
#include "rollport/http.h"
#include "worker/answer_writer.h"
#include "worker/connection_tally.h"
#include "worker/context.h"
#include "worker/output.h"
#include "worker/received_request.h"

namespace rollport::worker {

// What an exchange reports to the connection that owns it, and asks of it.
class ExchangeOwner {
 public:
  // Whether the connection stays open after the answer whose head is about to be written; asked
  // once for each. `delimited`: the client can see the answer's end without a close.
  virtual bool StaysOpen(bool delimited) = 0;
  // The output has grown, or a callback waits for it to be empty.
  virtual void SendSoon() = 0;
  // The answer is complete in the output.
  virtual void Answered(const AnsweredRequest& request) = 0;
  // The answer cannot be completed. Closes the connection, which calls Detach().
  virtual void AnswerBroken() = 0;
  // As rollport::Request::peer().
  virtual std::string peer() const = 0;

 protected:
  ~ExchangeOwner() = default;
};

class Exchange {
 public:
  // Writes to `output` until Detach(). Afterwards deletes itself with its last handle.
  Exchange(ExchangeOwner* owner, Context& context, Output& output)
      : owner_(owner), context_(context), answer_(context, output) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // The owner's side.

  bool has_handles() const { return handles_ > 0; }
  ReceivedRequest& received() { return request_; }
  // Gives the request, which is complete, to its handler. REQUIRES: it has one; no handle is left.
  void Give();
  // Answers it here and now. REQUIRES: no handle is left.
  void AnswerText(int status, std::string_view text, const Headers& headers = {});
  // The owner goes. Calls OnAbort if the answer is not complete. Deletes this if no handle is left.
  void Detach();
  // The output is empty. True if a callback waited for that and has been called.
  bool CallWritable();

  // The handles' side; see rollport/http.h.

  void Ref() { ++handles_; }
  void Unref();
  const ReceivedRequest& request() const { return request_; }
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
  void Open();
  void WriteHead(int status, std::string_view content_type, http::BodyFraming framing,
                 uint64_t length, const Headers& headers);
  // The answer is complete in the output.
  void Close();
  // The last handle goes without a complete answer.
  void Abandon();

  ExchangeOwner* owner_;  // null after Detach()
  Context& context_;
  ReceivedRequest request_;
  AnswerWriter answer_;
  State state_ = State::kClosed;
  int handles_ = 0;
  bool aborted_ = false;
  std::function<void()> on_writable_;
  std::function<void()> on_abort_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_EXCHANGE_H_
