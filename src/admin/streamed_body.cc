#include "admin/streamed_body.h"

#include <string>
#include <utility>

#include "http/serialize.h"

namespace rollport::admin {

void StreamedBody::Begin(std::unique_ptr<Stream> stream, bool chunked, std::function<void()> more) {
  stream_ = std::move(stream);
  chunked_ = chunked;
  state_ = State::kReady;
  stream_->Begin(std::move(more));
}

StreamedBody::State StreamedBody::Fill(size_t max_pending, Outbox* out) {
  if (state_ == State::kWaiting) state_ = State::kReady;
  while (state_ == State::kReady && out->pending() < max_pending) state_ = TakePiece(out);
  return state_;
}

StreamedBody::State StreamedBody::TakePiece(Outbox* out) {
  std::string piece;
  switch (stream_->Take(&piece)) {
    case Stream::State::kPiece:
      if (chunked_) {
        http::AppendChunk(piece, out->bytes());
      } else {
        *out->bytes() += piece;
      }
      return State::kReady;
    case Stream::State::kWait:
      return State::kWaiting;
    case Stream::State::kEnd:
      if (chunked_) http::AppendLastChunk(out->bytes());
      return State::kEnded;
    case Stream::State::kLost:
      break;
  }
  return State::kLost;
}

}  // namespace rollport::admin
