// How long a connection waits for its client or its handler.
//
// It has one deadline and one timer for everything. The timer is only ever moved to be earlier; if
// it fires too early, it is armed again. So a request changes nothing in the loop's heap of timers.
#ifndef ROLLPORT_WORKER_DEADLINE_H_
#define ROLLPORT_WORKER_DEADLINE_H_

#include <cstdint>
#include <functional>

#include "absl/time/time.h"
#include "base/instant.h"
#include "os/event_loop.h"
#include "rollport/worker.h"

namespace rollport::worker {

// The time-outs of the options, in the loop's unit.
struct TimeLimits {
  explicit TimeLimits(const WorkerOptions& options)
      : head(absl::FromChrono(options.head_timeout)),
        body(absl::FromChrono(options.body_timeout)),
        send(absl::FromChrono(options.send_timeout)),
        idle(absl::FromChrono(options.idle_timeout)),
        body_byte(options.min_body_rate == 0
                      ? absl::InfiniteDuration()
                      : absl::Seconds(1) / static_cast<double>(options.min_body_rate)) {}
  absl::Duration head, body, send, idle;
  absl::Duration body_byte;  // what each byte of a body gives the rest of it
};

// What a connection waits for.
enum class Wait {
  kFirst,    // the first byte of its first request: `head`
  kIdle,     // the first byte of another request: `idle`
  kHead,     // the rest of a head: `head`
  kBody,     // more of a body: `body`, or what is left of its time
  kSend,     // that the client takes more of the output: `send`
  kHandler,  // an answer from its handler: for ever
  kLinger,   // the client's FIN after ours: 2 seconds; longer as LingerOn() says
};

class Deadline {
 public:
  // The loop calls `on_timer`, which must call Passed(). REQUIRES: `limits` outlives this.
  Deadline(os::EventLoop& loop, const TimeLimits& limits, std::function<void()> on_timer);

  // Begins to wait, as of `since`.
  void Start(Wait wait, Instant since);
  // Bytes have come or gone: the next Update() begins to wait anew.
  void Progress() { progress_ = true; }
  // The head of a request has come. Its body has `body` in all, and `body_byte` more for each byte,
  // of which the time in kBody is taken.
  void BeginBody();
  // `bytes` of a body have come, which is Progress() too.
  void BodyProgress(uint64_t bytes);
  // Goes on waiting if `wait` is the same and there was no progress; else begins anew, as of `now`.
  void Update(Wait wait, Instant now);
  void Cancel() { timer_.Cancel(); }

  // For `on_timer`: true if the time is over. If it is not, arms the timer again.
  bool Passed(Instant now);
  // After Passed() with kLinger, while the kernel holds `unsent` bytes for the client: true, and
  // 2 seconds more, unless there are none, or there have not been fewer for `send`.
  bool LingerOn(uint64_t unsent, Instant now);
  Wait wait() const { return wait_; }
  Instant since() const { return since_; }

 private:
  absl::Duration Limit(Wait wait) const;

  const TimeLimits& limits_;
  os::Timer timer_;
  Wait wait_ = Wait::kFirst;
  Instant since_;
  Instant when_ = Instant::Never();
  bool progress_ = true;
  // Of kBody: its time, without what this wait takes; and that this wait is for one before.
  absl::Duration body_left_;
  bool body_begun_ = false;
  // Of kLinger: the fewest bytes unsent so far, and since when.
  uint64_t unsent_ = 0;
  Instant unsent_since_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_DEADLINE_H_
