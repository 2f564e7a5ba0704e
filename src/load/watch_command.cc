#include <time.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "load/listener_watch.h"
#include "os/event_loop.h"
#include "os/signals.h"

namespace rollport::load {
namespace {

constexpr int kWrongWatch = 2;
constexpr int kTrouble = 3;

struct WatchOptions {
  std::vector<std::string> listen;
  double interval = 0.0005;  // seconds
  double duration = 0;       // seconds; 0: until a signal
};

void SleepUntil(Instant when) {
  const timespec until = {.tv_sec = when.nanos() / 1'000'000'000,
                          .tv_nsec = when.nanos() % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

absl::StatusOr<ListenerWatch> MakeWatch(const WatchOptions& options) {
  std::vector<os::SocketAddress> addresses;
  for (const std::string& text : options.listen) {
    ASSIGN_OR_RETURN(addresses.emplace_back(), os::SocketAddress::Parse(text));
  }
  return ListenerWatch::Create(std::move(addresses));
}

absl::Status LookUntilTold(const WatchOptions& options, ListenerWatch* watch) {
  ASSIGN_OR_RETURN(os::SignalFd signals, os::SignalFd::Create({SIGINT, SIGTERM}));
  const Instant start = os::EventLoop::ReadNow();
  const absl::Time wall_start = absl::Now();
  const Instant end =
      options.duration > 0 ? start + absl::Seconds(options.duration) : Instant::Never();
  Instant now = start;
  while (!signals.Read().has_value() && now < end) {
    RETURN_IF_ERROR(watch->Look(now));
    SleepUntil(now + absl::Seconds(options.interval));
    now = os::EventLoop::ReadNow();
  }
  std::fputs(watch->JsonReport(start, wall_start).c_str(), stdout);
  return absl::OkStatus();
}

int ComplainOfWatch(const absl::Status& status, int exit_status) {
  std::fprintf(stderr, "rollport-watch: %s\n", std::string(status.message()).c_str());
  return exit_status;
}

}  // namespace

int WatchMain(int argc, const char* const* argv) {
  WatchOptions options;
  CLI::App app(
      "Looks at the kernel's table of listeners again and again, and prints as JSON whether\n"
      "every look found one that was accepting. Exit status: 0 yes, 1 no, 2 wrong options,\n"
      "3 no listener was ever seen.",
      "rollport-watch");
  app.add_option("address", options.listen, "ADDRESS:PORT, as the listeners are bound")->required();
  app.add_option("--interval", options.interval, "seconds between two looks")
      ->check(CLI::Range(0.0001, 60.0))
      ->capture_default_str();
  app.add_option("--duration", options.duration, "seconds; 0: until SIGINT or SIGTERM")
      ->check(CLI::NonNegativeNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return 0;
  } catch (const CLI::ParseError& error) {
    return ComplainOfWatch(absl::InvalidArgumentError(error.what()), kWrongWatch);
  }
  absl::StatusOr<ListenerWatch> watch = MakeWatch(options);
  if (!watch.ok()) return ComplainOfWatch(watch.status(), kWrongWatch);
  const absl::Status status = LookUntilTold(options, &*watch);
  return status.ok() ? watch->exit_status() : ComplainOfWatch(status, kTrouble);
}

}  // namespace rollport::load
