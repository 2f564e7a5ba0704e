// What a connection has received and not yet consumed.
//
// All connections read into one scratch buffer and parse from it in place; only what a connection
// leaves over at the end of its turn (a part of a head, a pipelined request) is copied into memory
// of its own.
#ifndef ROLLPORT_WORKER_INPUT_H_
#define ROLLPORT_WORKER_INPUT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rollport::worker {

class Input {
 public:
  std::string_view view() const { return view_; }
  bool empty() const { return view_.empty(); }
  void Consume(size_t n) { view_.remove_prefix(n); }

  enum class Received {
    kAll,    // some bytes, and the socket is empty now
    kSome,   // some bytes; there may be more
    kNone,   // would block
    kEof,    // the peer has sent its FIN
    kError,  // the connection is broken
  };
  // Reads once from the non-blocking socket `fd`. REQUIRES: `scratch` is in nobody else's use until
  // Keep(), and is larger than what is left in view().
  Received Receive(int fd, std::vector<char>* scratch);
  // Ends the turn: `scratch` may be used by others afterwards.
  void Keep();

 private:
  std::string_view view_;  // into scratch or into kept_
  std::string kept_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_INPUT_H_
