#include "cli/log_output.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "api/event_kinds.h"

namespace rollport::cli {
namespace {

constexpr size_t kKept = 1 << 20;

}  // namespace

LogOutput::LogOutput(int fd, std::function<std::string(const api::FleetEvent&)> print)
    : writer_(fd, kKept), print_(std::move(print)) {}

void LogOutput::Tell(const api::FleetEvent& event) {
  const bool writable = Flush();
  const bool optional = event.kind == api::event_kind::kWorkerWrote;
  if ((optional && !writable) || !writer_.Write(print_(event))) ++left_out_;
}

bool LogOutput::Flush() {
  if (!writer_.Flush()) return false;
  SayWhatIsLeftOut();
  return !writer_.waits();
}

bool LogOutput::FlushFor(absl::Duration limit) {
  writer_.FlushFor(limit);
  return Flush();
}

void LogOutput::SayWhatIsLeftOut() {
  const int64_t lines = std::exchange(left_out_, 0);
  if (lines == 0) return;
  writer_.Write(print_({.at = absl::Now(),
                        .kind = api::event_kind::kOutputLost,
                        .message = absl::StrCat(lines, lines == 1 ? " line was" : " lines were",
                                                " left out: nobody read the log")}));
}

}  // namespace rollport::cli
