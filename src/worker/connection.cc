#include "worker/connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/strings.h"
#include "worker/probe.h"

namespace rollport::worker {
namespace {

// Above this many bytes the next request waits until the client has taken the answers before it.
constexpr size_t kMostWaiting = 64 << 10;
// Steps of one connection in one turn of the loop.
constexpr int kStepsPerTurn = 256;

constexpr uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP | EPOLLET;

const http::RequestHead kNoHead;

http::Limits ParserLimits(const WorkerOptions& options) {
  return {.max_head = options.max_head_bytes, .max_body = options.max_body_bytes};
}

// Out of line, so that Apply() stays small.
[[noreturn]] void Impossible(ConnectionState state, ConnectionEvent event) {
  RP_CHECK(false, absl::StrCat("\"", ToAbsl(Name(event)), "\" when a connection is \"",
                               ToAbsl(Name(state)), "\""));
}

}  // namespace

void Connection::Apply(ConnectionEvent event) {
  const std::optional<ConnectionState> next = StateAfter(state_, event);
  if (!next.has_value()) Impossible(state_, event);
  state_ = *next;
}

Connection::Connection(Context& context, ConnectionOwner& owner, os::UniqueFd fd,
                       const os::SocketAddress& peer, const protocol::Message* handed)
    : context_(context),
      owner_(owner),
      fd_(std::move(fd)),
      peer_(peer),
      tally_(context, IsProbe(peer, fd_.get())),
      deadline_(context.loop, context.limits, [this] { OnTimer(); }),
      parser_(ParserLimits(context.options)),
      output_(context.pool),
      exchange_(new Exchange(this, context, output_)) {
  Instant since = context_.loop.Now();
  if (handed != nullptr) {
    if (handed->answered) state_ = ConnectionState::kIdle;
    since = std::min(handed->idle_since, since);
  }
  deadline_.Start(CurrentWait(), since);
  tally_.Opened(handed == nullptr);
}

Connection::~Connection() {
  RP_CHECK(state_ == ConnectionState::kClosed, "a connection is closed before it is destroyed");
}

void Connection::Begin() {
  // A read now would mostly be too early, and one system call more; the loop reports when it is
  // not.
  Watch(0);
}

void Connection::OnEvents(uint32_t events) {
  if (state_ == ConnectionState::kLingering) return Discard();
  if (!IsServing(state_)) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return Close();
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) input_.Reported((events & EPOLLRDHUP) != 0);
  Pump();
}

void Connection::Pump() {
  if (state_ == ConnectionState::kLingering) return Discard();
  if (pumping_ || !IsServing(state_)) return;
  pumping_ = true;
  int steps = kStepsPerTurn;
  while (IsServing(state_) && --steps > 0) {
    if (CanTake() && Take()) continue;
    if (!IsServing(state_) || !Deliver()) break;
  }
  if (steps == 0 && IsServing(state_)) {
    Deliver();
    owner_.Resume(this);
  }
  pumping_ = false;
  input_.Keep();
  if (state_ == ConnectionState::kClosed) return;
  deadline_.Update(CurrentWait(), context_.loop.Now());
  if (context_.draining && passable()) owner_.Passable(this);
  if (context_.end_of_drain && idle()) EndIdle();
}

bool Connection::CanTake() const {
  return TakesRequests(state_) && !output_.has_file() && output_.waiting() < kMostWaiting;
}

bool Connection::Take() { return Parse() || Receive(); }

bool Connection::Parse() {
  if (input_.empty() && state_ != ConnectionState::kReceiving) return false;
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
      exchange_->received().AppendBody(parser_.body());
      deadline_.BodyProgress(parser_.body().size());
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
  if (input_.fin_read()) {
    Apply(ConnectionEvent::kFin);
    return false;
  }
  if (!input_.MayHoldMore()) return false;
  context_.batches.Join(context_.loop.Now(), input_.TakeReport());
  switch (input_.Receive(fd_.get(), &context_.scratch)) {
    case Input::Received::kBytes:
    case Input::Received::kFin:
      return true;
    case Input::Received::kNone:
      return false;
    case Input::Received::kError:
      Close();
      return false;
  }
  return false;
}

bool Connection::Deliver() {
  bool sent = false;
  const Output::Result result = output_.Flush(fd_.get(), IsEnding(state_), &sent);
  if (sent) deadline_.Progress();
  switch (result) {
    case Output::Result::kBroken:
      Close();
      return false;
    case Output::Result::kBlocked:
      Watch(EPOLLOUT);
      return false;
    case Output::Result::kYield:
      owner_.Resume(this);
      return false;
    case Output::Result::kDone:
      break;
  }
  if (HasRequest(state_)) return exchange_->CallWritable();
  if (IsEnding(state_)) {
    Finish();
    return false;
  }
  return sent && CanTake();
}

void Connection::TakeHead() {
  Apply(ConnectionEvent::kHead);
  deadline_.BeginBody();
  // A handle to the answer before this one is still in use: it keeps that exchange.
  if (exchange_->has_handles()) {
    std::exchange(exchange_, new Exchange(this, context_, output_))->Detach();
  }
  const http::RequestHead& head = parser_.head();
  const http::TargetParts parts = http::SplitTarget(head.target);
  exchange_->received().Begin(context_.router.Find(parts.path), context_.loop.Now());
  if (!head.expect_continue) return;
  // RFC 9110 section 10.1.1: the final answer instead, if it does not depend on the content.
  const auto own = Own(head.method, parts.path);
  if (own.has_value() && own->status >= 400) return Refuse(own->status, "");
  const bool has_body = head.chunked || head.content_length.value_or(0) > 0;
  // A client that has sent more already does not wait for it.
  if (has_body && input_.empty()) output_.bytes()->append("HTTP/1.1 100 Continue\r\n\r\n");
}

void Connection::TakeRequest() {
  Apply(ConnectionEvent::kRequest);
  tally_.RequestBegan();
  const http::RequestHead& head = parser_.head();
  const http::TargetParts parts = http::SplitTarget(head.target);
  exchange_->received().Complete(&head, parts);
  const auto own = Own(head.method, parts.path);
  if (!own.has_value()) return exchange_->Give();
  exchange_->AnswerText(own->status, own->text, own->headers());
}

std::optional<OwnAnswer> Connection::Own(std::string_view method, std::string_view path) const {
  return AnswerItself(method, path,
                      {.health_path = context_.options.health_path,
                       .draining = context_.draining,
                       .has_handler = exchange_->request().handler() != nullptr});
}

void Connection::Refuse(int status, std::string_view why) {
  const bool has_head = state_ == ConnectionState::kReceiving;
  const http::RequestHead& head = has_head ? parser_.head() : kNoHead;
  const std::string text = absl::StrCat(status, " ", ToAbsl(http::ReasonPhrase(status)),
                                        why.empty() ? "" : ": ", ToAbsl(why), "\n");
  AnswerWriter answer(context_, output_);
  answer.Begin(head, status, http::BodyFraming::kLength);
  answer.WriteHead("text/plain", text.size(), /*keep_alive=*/false, {});
  answer.Append(text);
  tally_.Answered({.method = head.method,
                   .target = head.target,
                   .minor_version = head.minor_version,
                   .status = status,
                   .content_sent = answer.content_sent(),
                   .began = has_head ? exchange_->request().began() : context_.loop.Now()},
                  peer_);
  Apply(ConnectionEvent::kRefused);
}

bool Connection::StaysOpen(bool delimited) {
  const bool stays =
      parser_.head().keep_alive && delimited && !context_.last_answers && !context_.end_of_drain;
  if (!stays) Apply(ConnectionEvent::kClose);
  return stays;
}

void Connection::SendSoon() {
  if (!pumping_) owner_.Resume(this);
}

void Connection::Answered(const AnsweredRequest& request) {
  tally_.RequestEnded();
  tally_.Answered(request, peer_);
  Apply(ConnectionEvent::kAnswered);
  deadline_.Progress();
  SendSoon();
}

void Connection::Watch(uint32_t more) {
  if (state_ == ConnectionState::kClosed) return;
  if (!watch_.has_value()) {
    watch_.emplace(context_.loop, fd_.get(), [this](uint32_t events) { OnEvents(events); });
  }
  if (!watch_->Set(kReadEvents | more).ok()) Close();
}

}  // namespace rollport::worker
