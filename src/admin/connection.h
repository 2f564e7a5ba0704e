// One client: its requests are answered one after the other; a streamed answer is the last.
// Whatever the client does, it holds a bounded amount of memory for a bounded time, and is given
// one answer in a turn of the loop.
#ifndef ROLLPORT_ADMIN_CONNECTION_H_
#define ROLLPORT_ADMIN_CONNECTION_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "admin/message.h"
#include "admin/outbox.h"
#include "admin/request_reader.h"
#include "admin/streamed_body.h"
#include "base/instant.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::admin {

struct Limits {
  size_t max_connections = 64;
  size_t max_head = 8 << 10;
  size_t max_body = 256 << 10;
  // Bytes of a stream that wait for a slow client to read. The rest is not taken from the stream.
  size_t max_pending = 64 << 10;
  // How long a client may take to send a whole request, and to read some of what it is sent.
  absl::Duration patience = absl::Seconds(10);
  // If there are max_connections clients already: true drops the one whose next request has been
  // awaited the longest, false refuses the newcomer.
  bool make_room = false;
  // SO_SNDBUF: what the kernel holds for a client that does not read. 0: the system's default.
  int send_buffer = 0;
};

// What a server answers with.
struct Service {
  Handler handle;
  // The answer if there is no request to handle: it is malformed, or there are too many clients.
  std::function<Response(int status, std::string_view message)> complain;
};

class Connection {
 public:
  // `service` is borrowed. `closed` is called once, when the connection is over; it must not
  // destroy this before the end of the turn.
  Connection(os::EventLoop& loop, os::UniqueFd fd, const Limits& limits, const Service& service,
             std::function<void()> closed);

  // One of these two is to be called, once and first.
  void Begin();
  // Answers with this and closes, without reading a request.
  void Refuse(int status, std::string_view message);

  void Close();
  bool over() const { return state_ == State::kOver; }
  // Since when it has waited for the client's next request; Never while an answer is under way.
  Instant waiting_since() const { return waiting_since_; }

 private:
  enum class State {
    kOpen,
    kClosing,  // nothing more is read; over when out_ is sent
    kOver,
  };
  // What Advance() does next.
  enum class Step { kGoOn, kWait, kClose };

  void OnEvents(uint32_t events);
  // False if the connection is broken.
  bool ReadSome();
  // Reads, answers and sends as far as it can, then waits for what comes next.
  void Advance();
  Step SendAnswers();
  Step FollowStream();
  // `*answered`: whether this turn has had its answer.
  Step AnswerNext(bool* answered);
  void Answer(Response response, bool keep_alive);
  void WatchForNext();

  os::EventLoop& loop_;
  const Limits limits_;
  const Service& service_;
  const std::function<void()> closed_;
  os::UniqueFd fd_;
  os::FdWatch watch_;
  os::Timer patience_;
  os::Timer next_answer_;
  RequestReader reader_;
  Outbox out_;
  StreamedBody stream_;
  Instant waiting_since_;
  bool eof_ = false;
  State state_ = State::kOpen;
};

}  // namespace rollport::admin

#endif  // ROLLPORT_ADMIN_CONNECTION_H_
