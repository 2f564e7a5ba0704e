#include "worker/received_request.h"

namespace rollport::worker {
namespace {

// A body of more than this many bytes is not kept for the connection's next request.
constexpr size_t kBodyKept = 16 << 10;

}  // namespace

const http::RequestHead ReceivedRequest::kNone;

void ReceivedRequest::Clear() {
  head_ = &kNone;
  parts_ = {};
  if (body_.capacity() > kBodyKept) {
    body_ = {};
  } else {
    body_.clear();
  }
}

}  // namespace rollport::worker
