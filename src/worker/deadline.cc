#include "worker/deadline.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace rollport::worker {
namespace {

// How long a connection reads on after its FIN (RFC 9112 section 9.6).
constexpr absl::Duration kLingerTime = absl::Seconds(2);

}  // namespace

Deadline::Deadline(os::EventLoop& loop, const TimeLimits& limits, std::function<void()> on_timer)
    : limits_(limits), timer_(loop, std::move(on_timer)) {}

absl::Duration Deadline::Limit(Wait wait) const {
  switch (wait) {
    case Wait::kFirst:
    case Wait::kHead:
      return limits_.head;
    case Wait::kIdle:
      return limits_.idle;
    case Wait::kBody:
      return std::min(limits_.body, body_left_);
    case Wait::kSend:
      return limits_.send;
    case Wait::kHandler:
      return absl::InfiniteDuration();
    case Wait::kLinger:
      break;
  }
  return kLingerTime;
}

void Deadline::Start(Wait wait, Instant since) {
  if (wait_ == Wait::kBody && !body_begun_) body_left_ -= since - since_;
  body_begun_ = false;
  wait_ = wait;
  progress_ = false;
  since_ = since;
  when_ = since + Limit(wait);
  if (!when_.is_never() && (!timer_.armed() || when_ < timer_.when())) timer_.At(when_);
}

void Deadline::BeginBody() {
  progress_ = true;
  body_begun_ = true;
  body_left_ = limits_.body;
}

void Deadline::BodyProgress(uint64_t bytes) {
  progress_ = true;
  body_left_ += limits_.body_byte * static_cast<double>(bytes);
}

void Deadline::Update(Wait wait, Instant now) {
  if (wait == wait_ && !progress_) return;
  Start(wait, now);
  if (wait != Wait::kLinger) return;
  unsent_ = std::numeric_limits<uint64_t>::max();
  unsent_since_ = now;
}

bool Deadline::LingerOn(uint64_t unsent, Instant now) {
  if (unsent == 0) return false;
  if (unsent < unsent_) {
    unsent_ = unsent;
    unsent_since_ = now;
  } else if (now - unsent_since_ >= limits_.send) {
    return false;
  }
  Start(Wait::kLinger, now);
  return true;
}

bool Deadline::Passed(Instant now) {
  if (when_.is_never()) return false;
  if (now >= when_) return true;
  timer_.At(when_);
  return false;
}

}  // namespace rollport::worker
