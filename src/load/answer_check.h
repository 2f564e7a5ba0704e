// Judges the bytes of one connection's answers, one answer at a time, against what was asked for.
#ifndef ROLLPORT_LOAD_ANSWER_CHECK_H_
#define ROLLPORT_LOAD_ANSWER_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/parser.h"
#include "load/outcome.h"

namespace rollport::load {

// What the next answer must be. The views must stay valid until the verdict.
struct Expectation {
  std::string_view method = "GET";
  int status = 200;
  std::optional<std::string_view> body;
  std::optional<uint64_t> size;
};

class AnswerCheck {
 public:
  AnswerCheck();

  // REQUIRES: the first on this connection, or the last verdict was kOk.
  void Begin(const Expectation& expectation);
  // Takes all of `input`. True once there is a verdict.
  bool Feed(std::string_view input);
  // The server has sent FIN. There is always a verdict.
  void Eof();

  // True once a byte of this answer has been seen.
  bool begun() const { return begun_; }
  // The rest is valid once there is a verdict. It is kOk, kCut, kClosed, kWrongStatus, kWrongBody
  // or kMalformed, and detail() says why.
  Outcome outcome() const { return outcome_; }
  const std::string& detail() const { return detail_; }
  // The server keeps the connection open for another request.
  bool keep_alive() const { return keep_alive_; }
  // From X-Rollport-Slot and X-Rollport-Generation of the last answer: "slot 2 generation 7". Empty
  // if it had neither.
  const std::string& server() const { return server_; }

 private:
  // Takes events from `input` until more bytes are needed or there is a verdict; returns how many
  // bytes it consumed.
  size_t Parse(std::string_view input);
  void TakeHead();
  void TakeBody(std::string_view piece);
  // The framing is complete: is it what was asked for?
  void Judge();
  bool Decide(Outcome outcome, std::string detail);

  http::ResponseParser parser_;
  Expectation expectation_;
  std::string pending_;  // an incomplete head
  bool begun_ = false;
  bool decided_ = true;
  uint64_t size_ = 0;  // content seen so far
  bool differs_ = false;
  bool keep_alive_ = false;
  std::string slot_, generation_, server_;
  Outcome outcome_ = Outcome::kOk;
  std::string detail_;
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_ANSWER_CHECK_H_
