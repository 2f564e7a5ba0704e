// What a connection has received and not yet consumed, and what its socket may still hold.
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
  // The bytes received and not consumed. Valid until the next Receive() or Keep().
  std::string_view view() const { return view_; }
  bool empty() const { return view_.empty(); }
  void Consume(size_t n) { view_.remove_prefix(n); }

  // The loop has reported bytes, or, with `fin`, the peer's FIN (perhaps behind bytes).
  void Reported(bool fin);
  // The socket may hold something that the loop has not reported.
  void LookAgain();
  // If false, Receive() would find nothing, or only what the loop has yet to report.
  bool MayHoldMore() const { return unread_ != Unread::kNothing; }
  // Call before Receive(). True if it is the first one after a report.
  bool TakeReport();

  // The peer's FIN has been reported or read; and all bytes before it, and itself, have been read.
  bool fin_seen() const { return fin_ != Fin::kNone; }
  bool fin_read() const { return fin_ == Fin::kRead; }

  enum class Received {
    kBytes,  // view() has grown
    kFin,    // fin_read()
    kNone,   // would block
    kError,  // the connection is broken
  };
  // Reads once from the non-blocking socket `fd`. REQUIRES: no other Input uses `scratch` until
  // Keep(), and it is larger than what is left in view().
  Received Receive(int fd, std::vector<char>* scratch);
  // Ends the turn: other Inputs may use `scratch` afterwards.
  void Keep();

 private:
  // What the socket holds as far as we know.
  enum class Unread { kNothing, kPerhaps, kReported };
  enum class Fin { kNone, kReported, kRead };

  std::string_view view_;  // into scratch or into kept_
  std::string kept_;
  Unread unread_ = Unread::kNothing;
  Fin fin_ = Fin::kNone;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_INPUT_H_
