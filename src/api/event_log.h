// What happened to the fleet lately: a bounded list that each reader walks at its own pace, so that
// a slow reader costs no memory.
#ifndef ROLLPORT_API_EVENT_LOG_H_
#define ROLLPORT_API_EVENT_LOG_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "api/event_kinds.h"  // for everyone who has an event

namespace rollport::api {

// How a roll ended.
struct Verdict {
  std::string outcome;     // "rolled", "reverted", "aborted", "failed" or "refused"
  int64_t generation = 0;  // what the fleet runs now
  int replaced = 0;        // slots that changed their generation for good
  absl::Duration elapsed;
  // Connections that were closed because drain_timeout ran out, or that a retired worker reset;
  // nullopt: not known.
  std::optional<int64_t> cut = 0;
  std::string reason;  // empty if it is "rolled"
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// "1 connection cut", "connections cut: unknown".
std::string CutText(std::optional<int64_t> cut);

struct FleetEvent {
  int64_t sequence = 0;  // 1, 2, …; given by the log
  int64_t roll = 0;      // the roll (or other change) that it is part of; 0: none
  absl::Time at;
  std::string kind;  // one of event_kind
  std::optional<int> slot;
  std::optional<int64_t> generation;
  std::optional<int64_t> pid;
  std::string phase;    // the state that the worker entered; may be empty
  std::string message;  // for people: "unhealthy: HTTP 500 to GET /healthz"; may be empty
  bool failed = false;  // the message is a failure of the worker
  // WorkerStateChanged: how long the worker was in its former state; WorkerExited: how long it
  // lived; RollEnded: how long the roll took.
  std::optional<absl::Duration> duration;
  // Set on the last event of a roll, and only there.
  std::optional<Verdict> verdict;
};

class EventLog {
 public:
  // Keeps the last `capacity` events.
  explicit EventLog(size_t capacity = 4096) : capacity_(capacity) {}
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // Sets `sequence`, then tells every subscriber.
  void Append(FleetEvent event);
  // The first kept event after `sequence`, or null. Valid until the next Append.
  const FleetEvent* After(int64_t sequence) const;
  // The sequence of the last event; 0 if there was none.
  int64_t last() const { return last_; }
  // True if an event of this roll is kept. A roll appends its first event before any client learns
  // its number.
  bool Knows(int64_t roll) const;

  // Calls `f` after each Append, until the Subscription is destroyed. `f` must not append, and may
  // destroy any subscription.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept
        : log_(std::exchange(other.log_, nullptr)), id_(other.id_) {}
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription();

   private:
    friend class EventLog;
    Subscription(EventLog* log, int64_t id) : log_(log), id_(id) {}
    EventLog* log_ = nullptr;
    int64_t id_ = 0;
  };
  [[nodiscard]] Subscription Subscribe(std::function<void(const FleetEvent&)> f);

 private:
  const size_t capacity_;
  std::deque<FleetEvent> events_;
  int64_t last_ = 0;
  std::map<int64_t, std::function<void(const FleetEvent&)>> subscribers_;
  int64_t last_subscriber_ = 0;
};

}  // namespace rollport::api

#endif  // ROLLPORT_API_EVENT_LOG_H_
