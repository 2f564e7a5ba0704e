// A call at the end of a turn of the event loop that can be cancelled.
#ifndef ROLLPORT_OS_DEFERRED_H_
#define ROLLPORT_OS_DEFERRED_H_

#include <functional>
#include <memory>

#include "os/event_loop.h"

namespace rollport::os {

// Calls a function as EventLoop::Defer does, unless this object is destroyed first. An object that
// defers a call to one of its own methods has a Deferred as a member; then the call cannot come
// after the object's end.
class Deferred {
 public:
  // `loop` is borrowed.
  explicit Deferred(EventLoop& loop) : loop_(loop) {}
  Deferred(const Deferred&) = delete;
  Deferred& operator=(const Deferred&) = delete;

  // Calls `f` at the end of this turn, or of the next one if no turn is under way. Takes the place
  // of a call that is still pending. `f` may destroy this object, and may call Call() again.
  void Call(std::function<void()> f);
  // Destroys the function of the pending call, if any, without calling it.
  void Cancel() { function_.reset(); }
  bool pending() const { return function_ != nullptr && *function_ != nullptr; }

 private:
  EventLoop& loop_;
  // The loop has a weak pointer to it, which finds out whether the call is still wanted. Emptied
  // before the call.
  std::shared_ptr<std::function<void()>> function_;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_DEFERRED_H_
