// A client of the control API: one connection, used by one thread, with calls that block.
#ifndef ROLLPORT_CLI_CLIENT_H_
#define ROLLPORT_CLI_CLIENT_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "fleet_file/fleet_file.h"
#include "http/parser.h"
#include "os/unique_fd.h"

namespace rollport::cli {

class Client {
 public:
  // Each request will say that it is about this fleet file. kUnavailable if no controller listens
  // at the fleet's control socket.
  static absl::StatusOr<Client> Connect(const fleet_file::FleetPlace& place);

  // A pidfd of the controller, readable when it has ended. An error if its pid means nothing here
  // (another PID namespace).
  absl::StatusOr<os::UniqueFd> ControllerPidfd() const;

  // How long to wait for the beginning of an answer and for each part of it; default 30 s.
  void set_patience(absl::Duration patience) { patience_ = patience; }

  struct Reply {
    int status = 0;
    std::string body;
  };
  // kUnavailable if the controller has gone away or does not answer in time.
  absl::StatusOr<Reply> Ask(std::string_view method, std::string_view target,
                            std::string_view body = "");

  // Begins to read a streamed answer, line by line. If its status is not 200, the reply is
  // complete.
  absl::StatusOr<Reply> Follow(std::string_view target);
  enum class Next {
    kLine,
    kEnd,          // the answer is complete
    kTick,         // `tick` has passed without a line
    kInterrupted,  // `interrupt` is readable
  };
  // The next line, without its line end. `interrupt` may be -1. kUnavailable if the controller went
  // away in the middle of the answer.
  absl::StatusOr<Next> NextLine(absl::Duration tick, int interrupt, std::string* line);

 private:
  Client(os::UniqueFd fd, std::string asked_file)
      : fd_(std::move(fd)), asked_file_(std::move(asked_file)), parser_(kLimits) {}
  static constexpr http::Limits kLimits{.max_head = 16 << 10, .max_body = 1 << 30};

  absl::Status Send(std::string_view method, std::string_view target, std::string_view body);
  // Parses until there is an event for the caller.
  absl::StatusOr<http::ParseEvent> Advance();
  // kLine if there may be more to parse.
  absl::StatusOr<Next> Wait(absl::Duration timeout, int interrupt);
  absl::StatusOr<http::ParseEvent> AdvanceOrWait(absl::Duration timeout);

  os::UniqueFd fd_;
  std::string asked_file_;  // api::kAskedFileField
  absl::Duration patience_ = absl::Seconds(30);
  http::ResponseParser parser_;
  std::string in_;
  std::string lines_;
  bool eof_ = false;
  bool ended_ = false;
};

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_CLIENT_H_
