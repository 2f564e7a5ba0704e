// Numbers the batches of requests: see rollport::Request::batch().
#ifndef ROLLPORT_WORKER_BATCH_COUNTER_H_
#define ROLLPORT_WORKER_BATCH_COUNTER_H_

#include <cstdint>

#include "base/instant.h"

namespace rollport::worker {

class BatchCounter {
 public:
  uint64_t current() const { return current_; }
  // A socket is about to be read, in the turn of the loop that began at `turn`. `reported`: what it
  // holds was there when the turn began; it then belongs to the turn's batch, and else to a new
  // one.
  void Join(Instant turn, bool reported) {
    if (reported && turn_ == turn) return;
    turn_ = turn;
    ++current_;
  }

 private:
  uint64_t current_ = 1;
  Instant turn_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_BATCH_COUNTER_H_
