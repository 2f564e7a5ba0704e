// The events of a fleet as the body of an answer: each formatted by a function, from a given place
// in the log, with a sign of life while nothing happens.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_EVENT_STREAM_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_EVENT_STREAM_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "admin/message.h"
#include "api/event_log.h"
#include "os/event_loop.h"

namespace rollport::controller {

class EventStream : public admin::Stream {
 public:
  struct Options {
    // Only the events of this roll, up to its verdict, which ends the stream. 0: all events,
    // without end.
    int64_t roll = 0;
    // Events after this one (FleetEvent::sequence). A stream that has fallen behind the log is
    // kLost; with 0 it begins with the oldest event that the log still has.
    int64_t after = 0;
    // Returns the piece for an event, which is not empty.
    std::function<std::string(const api::FleetEvent&)> format;
  };
  // `events` is borrowed.
  EventStream(api::EventLog& events, Options options);
  // Sends `text` whenever nothing has happened for `every`.
  EventStream(api::EventLog& events, Options options, os::EventLoop& loop, absl::Duration every,
              std::string text);

  void Begin(std::function<void()> more) override;
  State Take(std::string* piece) override;

 private:
  void OnQuiet();

  api::EventLog& events_;
  const Options options_;
  int64_t cursor_;
  bool ended_ = false;
  std::function<void()> more_;
  api::EventLog::Subscription subscription_;
  std::string sign_;
  absl::Duration every_;
  bool quiet_ = false;
  std::unique_ptr<os::Timer> timer_;
};

// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): every event
// from now on, or after the event that `Last-Event-ID` or the query `after=N` names (0: all that
// the log has), as `data`, one line of text; a comment after 15 s without an event, so that each
// side notices when the other is gone.
admin::Response ServeEvents(os::EventLoop& loop, api::EventLog& events,
                            const admin::Request& request,
                            std::function<std::string(const api::FleetEvent&)> data);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_EVENT_STREAM_H_
