#include "worker/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "worker/probe.h"

namespace rollport::worker {
namespace {

// Above this the next request waits until the client has taken the former answers.
constexpr size_t kMostWaiting = 64 << 10;
// Steps of one connection in one turn of the loop.
constexpr int kStepsPerTurn = 256;

constexpr uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP | EPOLLET;

http::Limits ParserLimits(const WorkerOptions& options) {
  return {.max_head = options.max_head_bytes, .max_body = options.max_body_bytes};
}

}  // namespace

Connection::Connection(Context& context, os::UniqueFd fd, const os::SocketAddress& peer,
                       const protocol::Message* handed)
    : context_(context),
      fd_(std::move(fd)),
      peer_(peer),
      probe_(IsProbe(peer, fd_.get())),
      timer_(context.loop, [this] { OnTimer(); }),
      parser_(ParserLimits(context.options)),
      output_(context.pool),
      exchange_(new Exchange(this)) {
  if (handed != nullptr) {
    answered_ = handed->answered;
    since_ = std::min(handed->idle_since, context_.loop.Now());
  } else {
    since_ = context_.loop.Now();
    if (!probe_) context_.page.connections_accepted.Add(1);
  }
  if (!probe_) context_.page.connections_open.Add(1);
}

Connection::~Connection() {
  if (phase_ != Phase::kClosed && !probe_) context_.page.connections_open.Sub(1);
  if (exchange_ != nullptr) {
    if (exchange_->open() && !probe_) context_.page.requests_open.Sub(1);
    exchange_->Detach();
  }
}

void Connection::Begin() {
  // A read now would mostly be too early, and be another call; the loop tells when it is not.
  readable_ = false;
  Watch(0);
  SetDeadlineFrom(since_);
}

void Connection::OnEvents(uint32_t events) {
  if (phase_ == Phase::kLingering) return Discard();
  if (phase_ != Phase::kServing) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return Close();
  if ((events & EPOLLRDHUP) != 0) half_closed_ = true;
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) readable_ = announced_ = true;
  Pump();
}

void Connection::Pump() {
  if (pumping_ || phase_ != Phase::kServing) return;
  pumping_ = true;
  int steps = kStepsPerTurn;
  while (phase_ == Phase::kServing && --steps > 0) {
    if (CanTake() && Take()) continue;
    if (phase_ != Phase::kServing || !Deliver()) break;
  }
  if (steps == 0 && phase_ == Phase::kServing) {
    Deliver();
    context_.owner.Resume(this);
  }
  pumping_ = false;
  input_.Keep();
  SetDeadline();
  if (context_.draining && passable()) context_.owner.Passable(this);
}

bool Connection::CanTake() const {
  return !ending_ && !exchange_->open() && !output_.has_file() && output_.waiting() < kMostWaiting;
}

bool Connection::Take() { return Parse() || Receive(); }

bool Connection::Parse() {
  if (input_.empty() && !in_message_) return false;
  size_t consumed = 0;
  const http::ParseEvent event = parser_.Next(input_.view(), &consumed);
  input_.Consume(consumed);
  switch (event) {
    case http::ParseEvent::kNeedMore:
      return false;
    case http::ParseEvent::kHead:
      TakeHead();
      return true;
    case http::ParseEvent::kBody:
      exchange_->mutable_body()->append(parser_.body());
      progress_ = true;
      return true;
    case http::ParseEvent::kEnd:
      TakeRequest();
      return true;
    case http::ParseEvent::kError:
      Refuse(parser_.error().status, parser_.error().reason);
      return true;
  }
  return false;
}

bool Connection::Receive() {
  if (eof_) {
    ending_ = true;
    return false;
  }
  if (!readable_) return false;
  JoinBatch();
  switch (input_.Receive(fd_.get(), &context_.scratch)) {
    case Input::Received::kAll:
      // The FIN that we have been told of has no event of its own to come.
      readable_ = half_closed_;
      return true;
    case Input::Received::kSome:
      return true;
    case Input::Received::kNone:
      readable_ = false;
      return false;
    case Input::Received::kEof:
      eof_ = true;
      return true;
    case Input::Received::kError:
      Close();
      return false;
  }
  return false;
}

// What comes from the socket now belongs to this turn's batch, if it was there when the turn began,
// and else to a new one.
void Connection::JoinBatch() {
  const Instant turn = context_.loop.Now();
  if (std::exchange(announced_, false) && context_.batch_turn == turn) return;
  context_.batch_turn = turn;
  ++context_.batch;
}

bool Connection::Deliver() {
  bool sent = false;
  const bool last = ending_ && !exchange_->open();
  const Output::Result result = output_.Flush(fd_.get(), last, &sent);
  progress_ = progress_ || sent;
  switch (result) {
    case Output::Result::kBroken:
      Close();
      return false;
    case Output::Result::kBlocked:
      Watch(EPOLLOUT);
      return false;
    case Output::Result::kYield:
      context_.owner.Resume(this);
      return false;
    case Output::Result::kDone:
      break;
  }
  if (exchange_->open()) return exchange_->CallWritable();
  if (ending_) {
    Finish();
    return false;
  }
  return sent && CanTake();
}

// The head of a request is here, its body is not.
void Connection::TakeHead() {
  const http::RequestHead& head = parser_.head();
  in_message_ = true;
  progress_ = true;
  began_ = context_.loop.Now();
  // A handle to the former answer is still about: it keeps the former exchange.
  if (exchange_->has_handles()) {
    std::exchange(exchange_, new Exchange(this))->Detach();
  }
  const TargetParts parts = SplitTarget(head.target);
  handler_ = context_.router.Find(parts.path);
  const bool known = handler_ != nullptr || parts.path == context_.options.health_path;
  if (!head.expect_continue) return;
  // RFC 9110 section 10.1.1: the final answer instead, where the content does not matter to it.
  if (!known) return Refuse(404, "");
  if (head.chunked || head.content_length.value_or(0) > 0) Continue();
}

void Connection::Continue() {
  // Not where the client has not waited for it.
  if (input_.empty()) output_.bytes()->append("HTTP/1.1 100 Continue\r\n\r\n");
}

void Connection::TakeRequest() {
  in_message_ = false;
  answered_ = true;
  const http::RequestHead& head = parser_.head();
  const TargetParts parts = SplitTarget(head.target);
  if (!probe_) context_.page.requests_open.Add(1);
  exchange_->Open(&head, parts);
  if (!context_.options.health_path.empty() && parts.path == context_.options.health_path) {
    exchange_->AnswerText(context_.draining ? 503 : 200, context_.draining ? "draining\n" : "ok\n");
  } else if (handler_ != nullptr) {
    exchange_->Give(*handler_);
  } else {
    exchange_->AnswerText(404, "404 Not Found\n");
  }
}

// An answer to what is not, or not yet, a request; the last one on this connection.
void Connection::Refuse(int status, std::string_view why) {
  const std::string text = absl::StrCat(status, " ", ToAbsl(http::ReasonPhrase(status)),
                                        why.empty() ? "" : ": ", ToAbsl(why), "\n");
  std::string* out = output_.bytes();
  http::BeginResponseHead({.status = status,
                           .length = text.size(),
                           .keep_alive = false,
                           .date = Date(),
                           .server = ServerName(),
                           .content_type = "text/plain"},
                          out);
  out->append(Fields());
  http::EndHead(out);
  const bool to_head = in_message_ && parser_.head().method == "HEAD";
  if (!to_head) out->append(text);
  if (!in_message_) began_ = context_.loop.Now();
  const bool readable_head = in_message_;
  Record(status, to_head ? 0 : text.size(), readable_head ? parser_.head().method : "",
         readable_head ? parser_.head().target : "");
  in_message_ = false;
  ending_ = true;
  linger_ = true;
}

bool Connection::DecideKeepAlive(bool delimited) {
  const bool asked = parser_.head().keep_alive;
  const bool keep = asked && delimited && !context_.last_answers && !ending_;
  if (!keep) {
    ending_ = true;
    // A client that wants to go on may have sent its next request already.
    linger_ = linger_ || asked;
  }
  return keep;
}

std::string_view Connection::Date() {
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return context_.date.At(now.tv_sec);
}

void Connection::AppendFile(os::UniqueFd file, uint64_t offset, uint64_t length) {
  output_.AddFile(std::move(file), offset, length);
}

void Connection::SendSoon() {
  if (!pumping_) context_.owner.Resume(this);
}

void Connection::Answered(int status, uint64_t content_sent) {
  if (!probe_) context_.page.requests_open.Sub(1);
  Record(status, content_sent, parser_.head().method, parser_.head().target);
  progress_ = true;
  SendSoon();
}

void Connection::AnswerBroken() { Close(); }

void Connection::Record(int status, uint64_t content_sent, std::string_view method,
                        std::string_view target) {
  if (probe_) {
    context_.page.probe_requests.Add(1);
    return;
  }
  const Instant now = os::EventLoop::ReadNow();
  protocol::WorkerPage& page = context_.page;
  page.responses[status / 100].Add(1);
  const auto nanos = static_cast<uint64_t>(now.nanos() - began_.nanos());
  page.latency_nanos.Add(nanos);
  page.latency[protocol::LatencyBucket(nanos)].Add(1);
  if (!context_.on_access) return;
  context_.on_access({.peer = peer_.ToString(),
                      .method = std::string(method),
                      .target = std::string(target),
                      .status = status,
                      .body_bytes = content_sent,
                      .duration = absl::ToChronoMicroseconds(now - began_)});
}

void Connection::Watch(uint32_t more) {
  if (phase_ == Phase::kClosed) return;
  if (!watch_.has_value()) {
    watch_.emplace(context_.loop, fd_.get(), [this](uint32_t events) { OnEvents(events); });
  }
  if (!watch_->Set(kReadEvents | more).ok()) Close();
}

}  // namespace rollport::worker
