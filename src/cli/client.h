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

// True if a process of user `peer` may be the controller of a fleet that user `ours` asks about,
// whose control socket is in a folder of user `owner`. Root believes the owner: nobody but that
// user and root can have put the socket there.
bool MayRunFleet(uid_t peer, uid_t ours, uid_t owner);

class Client {
 public:
  // Each request will say that it is about this fleet file. `patience`: how long to wait for a
  // place in the controller's queue, for the beginning of an answer, and for each part of it.
  //   kUnavailable: no controller that this user may believe listens at the fleet's control socket
  //   kResourceExhausted: one does, but takes no connection
  //   kPermissionDenied: this user may not reach the socket
  static absl::StatusOr<Client> Connect(const fleet_file::FleetPlace& place,
                                        absl::Duration patience);

  // A pidfd of the controller, readable when it has ended. An error if its pid means nothing here
  // (another PID namespace).
  absl::StatusOr<os::UniqueFd> ControllerPidfd() const;

  // Waiting for an answer ends, with kCancelled, if `interrupt` becomes readable; -1 for never.
  void set_interrupt(int interrupt) { interrupt_ = interrupt; }

  struct Reply {
    int status = 0;
    std::string body;
  };
  // kUnavailable if the controller has gone away, kDeadlineExceeded if it does not answer in time.
  // What could harm a terminal is escaped in the body.
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
  Client(os::UniqueFd fd, std::string asked_file, absl::Duration patience)
      : fd_(std::move(fd)),
        asked_file_(std::move(asked_file)),
        patience_(patience),
        parser_(kLimits) {}
  static constexpr http::Limits kLimits{.max_head = 16 << 10, .max_body = 1 << 30};

  absl::Status Send(std::string_view method, std::string_view target, std::string_view body);
  // Parses until there is an event for the caller.
  absl::StatusOr<http::ParseEvent> Advance();
  // kLine if there may be more to parse.
  absl::StatusOr<Next> Wait(absl::Duration timeout, int interrupt);
  absl::StatusOr<http::ParseEvent> AdvanceOrWait();
  // The error of a controller that is silent.
  absl::Status Silent() const;

  os::UniqueFd fd_;
  std::string asked_file_;  // api::kAskedFileField
  absl::Duration patience_;
  int interrupt_ = -1;
  http::ResponseParser parser_;
  std::string in_;
  std::string lines_;
  bool eof_ = false;
  bool ended_ = false;
};

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_CLIENT_H_
