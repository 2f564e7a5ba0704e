#include "controller/endpoints/event_stream.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::controller {
namespace {

constexpr absl::Duration kSignOfLife = absl::Seconds(15);

// The last event that the client knows. A number of a former controller's log, or one that the log
// has forgotten, means nothing here.
int64_t Beginning(const api::EventLog& events, const admin::Request& request) {
  const std::string id = request.field("Last-Event-ID").value_or("");
  int64_t last = 0;
  bool goes_on = absl::SimpleAtoi(id, &last) && last > 0 && last <= events.last();
  std::string_view after = request.query();
  if (!goes_on && after.substr(0, 6) == "after=") {
    after.remove_prefix(6);
    goes_on = absl::SimpleAtoi(ToAbsl(after), &last) && last >= 0 && last <= events.last();
  }
  const api::FleetEvent* next = goes_on ? events.After(last) : nullptr;
  return next != nullptr ? next->sequence - 1 : events.last();
}

}  // namespace

EventStream::EventStream(api::EventLog& events, Options options)
    : events_(events), options_(std::move(options)), cursor_(options_.after) {}

EventStream::EventStream(api::EventLog& events, Options options, os::EventLoop& loop,
                         absl::Duration every, std::string text)
    : EventStream(events, std::move(options)) {
  sign_ = std::move(text);
  every_ = every;
  timer_ = std::make_unique<os::Timer>(loop, [this] { OnQuiet(); });
}

void EventStream::Begin(std::function<void()> more) {
  more_ = std::move(more);
  subscription_ = events_.Subscribe([this](const api::FleetEvent&) { more_(); });
  if (timer_ != nullptr) timer_->After(every_);
}

void EventStream::OnQuiet() {
  quiet_ = true;
  timer_->After(every_);
  more_();
}

EventStream::State EventStream::Take(std::string* piece) {
  while (!ended_) {
    const api::FleetEvent* event = events_.After(cursor_);
    if (event == nullptr) {
      if (!std::exchange(quiet_, false)) return State::kWait;
      *piece = sign_;
      return State::kPiece;
    }
    // The log has forgotten events that this client has not had; it must not believe that it has
    // all.
    if (cursor_ != 0 && event->sequence != cursor_ + 1) return State::kLost;
    cursor_ = event->sequence;
    if (options_.roll != 0 && event->roll != options_.roll) continue;
    ended_ = options_.roll != 0 && event->verdict.has_value();
    if (timer_ != nullptr) timer_->After(every_);
    quiet_ = false;
    *piece = options_.format(*event);
    return State::kPiece;
  }
  return State::kEnd;
}

admin::Response ServeEvents(os::EventLoop& loop, api::EventLog& events,
                            const admin::Request& request,
                            std::function<std::string(const api::FleetEvent&)> data) {
  EventStream::Options options;
  options.after = Beginning(events, request);
  options.format = [data = std::move(data)](const api::FleetEvent& event) {
    return absl::StrCat("id: ", event.sequence, "\ndata: ", data(event), "\n\n");
  };
  return {.content_type = "text/event-stream",
          .fields = {{"Cache-Control", "no-store"}},
          .stream = std::make_unique<EventStream>(events, std::move(options), loop, kSignOfLife,
                                                  ": still here\n\n")};
}

}  // namespace rollport::controller
