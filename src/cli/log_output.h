// The controller's log on stderr: no event waits for its reader, and none is lost unnoticed.
#ifndef ROLLPORT_CLI_LOG_OUTPUT_H_
#define ROLLPORT_CLI_LOG_OUTPUT_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/time/time.h"
#include "api/event_log.h"
#include "os/bounded_writer.h"

namespace rollport::cli {

class LogOutput {
 public:
  // `print` makes the line of an event, with its line end. `fd` is borrowed.
  LogOutput(int fd, std::function<std::string(const api::FleetEvent&)> print);

  // While the reader takes nothing (a terminal is stopped, the reader of a pipe sleeps), the
  // events of the controller are kept, up to 1 MiB, and what workers write is left out. How many
  // lines were left out is said before the next line, or as soon as there is a reader again.
  void Tell(const api::FleetEvent& event);
  // Writes what is kept, as far as that is possible now. True if nothing is left.
  bool Flush();
  // The same, and waits up to `limit` for the reader.
  bool FlushFor(absl::Duration limit);

 private:
  void SayWhatIsLeftOut();

  os::BoundedWriter writer_;
  const std::function<std::string(const api::FleetEvent&)> print_;
  int64_t left_out_ = 0;  // lines
};

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_LOG_OUTPUT_H_
