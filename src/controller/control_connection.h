// One client of the control API: reads requests one after the other, writes their answers, or
// streams events until they end. Whatever the client does, it holds a bounded amount of memory for
// a bounded time.
#ifndef ROLLPORT_CONTROLLER_CONTROL_CONNECTION_H_
#define ROLLPORT_CONTROLLER_CONTROL_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "controller/event_log.h"
#include "http/parser.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::controller {

struct ControlLimits {
  size_t max_connections = 64;
  size_t max_head = 8 << 10;
  size_t max_body = 256 << 10;
  // Events that wait for a slow client to read; more stay in the log.
  size_t max_pending = 64 << 10;
  // For a whole request to come, and for a client to take some of what it is sent.
  absl::Duration patience = absl::Seconds(10);
};

struct ControlRequest {
  std::string method;
  std::string target;
  std::string body;
};

struct ControlResponse {
  int status = 200;
  std::string body;   // JSON
  std::string allow;  // with 405
  // With 200: instead of a body, the events of this roll (0: all that come from now on), each as a
  // line of JSON.
  std::optional<int64_t> follow;
};

class ControlConnection {
 public:
  using Handler = std::function<ControlResponse(const ControlRequest&)>;
  // `closed` is called once, when the connection is over; it may not destroy it before the end of
  // the turn.
  ControlConnection(os::EventLoop& loop, os::UniqueFd fd, const ControlLimits& limits,
                    EventLog& events, Handler handler, std::function<void()> closed);

  // Answers with this and closes, without reading a request.
  void Refuse(int status, std::string_view message);

 private:
  void OnEvents(uint32_t events);
  // Each returns false when the connection is over.
  bool ReadSome();
  bool Parse();
  bool Flush();
  void Answer(const ControlResponse& response, bool keep_alive);
  void Follow(int64_t roll);
  // Moves events from the log to out_, as many as fit.
  bool Pump();
  // Reads, writes and waits for whatever comes next.
  void Advance();
  void Close();
  bool pending() const { return written_ < out_.size(); }

  os::EventLoop& loop_;
  const ControlLimits limits_;
  EventLog& events_;
  const Handler handler_;
  const std::function<void()> closed_;
  os::UniqueFd fd_;
  os::FdWatch watch_;
  os::Timer timer_;
  http::RequestParser parser_;
  ControlRequest request_;
  bool keep_alive_ = true;
  std::string in_;
  std::string out_;
  size_t written_ = 0;
  bool eof_ = false;
  bool closing_ = false;  // nothing is read any more; closed when out_ is written
  bool over_ = false;
  // Following events.
  std::optional<int64_t> follow_;
  int64_t cursor_ = 0;
  EventLog::Subscription subscription_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_CONTROL_CONNECTION_H_
