// An answer's body that a Stream supplies piece by piece, framed for the client.
#ifndef ROLLPORT_ADMIN_STREAMED_BODY_H_
#define ROLLPORT_ADMIN_STREAMED_BODY_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "admin/message.h"
#include "admin/outbox.h"

namespace rollport::admin {

class StreamedBody {
 public:
  enum class State {
    kNone,     // no stream has begun
    kReady,    // Fill() may add something
    kWaiting,  // nothing to add until the stream calls `more`
    kEnded,    // complete
    kLost,     // the stream cannot go on: cut the connection, so that the client can tell
  };

  // Takes pieces from `stream`, and frames them as chunks if `chunked`, or else leaves them as they
  // are. `more` is called whenever Fill() may add something after kWaiting.
  void Begin(std::unique_ptr<Stream> stream, bool chunked, std::function<void()> more);

  // Adds pieces to `out` until `max_pending` bytes wait there, and returns the state after that.
  State Fill(size_t max_pending, Outbox* out);
  State state() const { return state_; }
  bool begun() const { return state_ != State::kNone; }

 private:
  State TakePiece(Outbox* out);

  std::unique_ptr<Stream> stream_;
  bool chunked_ = true;
  State state_ = State::kNone;
};

}  // namespace rollport::admin

#endif  // ROLLPORT_ADMIN_STREAMED_BODY_H_
