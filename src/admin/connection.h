// One client: reads requests one after the other, writes their answers, or streams until it ends.
// Whatever the client does, it holds a bounded amount of memory for a bounded time, and has one
// answer in a turn of the loop.
#ifndef ROLLPORT_ADMIN_CONNECTION_H_
#define ROLLPORT_ADMIN_CONNECTION_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "admin/message.h"
#include "base/instant.h"
#include "http/parser.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::admin {

struct Limits {
  size_t max_connections = 64;
  size_t max_head = 8 << 10;
  size_t max_body = 256 << 10;
  // Of a stream: what waits for a slow client to read. More stays where the stream takes it from.
  size_t max_pending = 64 << 10;
  // For a whole request to come, and for a client to take some of what it is sent.
  absl::Duration patience = absl::Seconds(10);
  // Where all places are taken: true drops whoever has been waited for the longest, false refuses
  // the newcomer.
  bool make_room = false;
  // SO_SNDBUF: what the kernel holds for a client that does not read. 0: the system's default.
  int send_buffer = 0;
};

// What a server answers with.
struct Service {
  Handler handle;
  // The answer where there is no request to handle: one that cannot be read, a client too many.
  std::function<Response(int status, std::string_view message)> complain;
};

class Connection {
 public:
  // `service` is borrowed. `closed` is called once, when the connection is over; it may not destroy
  // it before the end of the turn.
  Connection(os::EventLoop& loop, os::UniqueFd fd, const Limits& limits, const Service& service,
             std::function<void()> closed);

  // To be called once, first: one of the two.
  void Begin();
  // Answers with this and closes, without reading a request.
  void Refuse(int status, std::string_view message);

  void Close();
  bool over() const { return over_; }
  // Since when its next request has been waited for; Never where an answer is under way.
  Instant waiting_since() const { return waiting_since_; }

 private:
  void OnEvents(uint32_t events);
  // Each returns false when the connection is over.
  bool ReadSome();
  bool Pump();
  bool Flush();
  // True when an answer is on its way; false when more bytes are needed.
  bool Parse();
  void TakeHead();
  void Answer(Response response, bool keep_alive);
  // Reads, writes and waits for whatever comes next.
  void Advance();
  void WatchForNext();
  bool pending() const { return written_ < out_.size(); }

  os::EventLoop& loop_;
  const Limits limits_;
  const Service& service_;
  const std::function<void()> closed_;
  os::UniqueFd fd_;
  os::FdWatch watch_;
  os::Timer timer_;
  os::Timer next_answer_;
  http::RequestParser parser_;
  Request request_;
  bool keep_alive_ = true;
  int minor_version_ = 1;
  std::string in_;
  std::string out_;
  size_t written_ = 0;
  Instant waiting_since_;
  bool eof_ = false;
  bool closing_ = false;  // nothing is read any more; closed when out_ is written
  bool over_ = false;
  bool chunked_ = true;
  std::unique_ptr<Stream> stream_;
  bool stream_waits_ = false;
};

}  // namespace rollport::admin

#endif  // ROLLPORT_ADMIN_CONNECTION_H_
