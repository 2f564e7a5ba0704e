// `rollport top`.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/control_json.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/full_screen.h"
#include "cli/top_keys.h"
#include "cli/top_text.h"
#include "fleet_file/fleet_file.h"
#include "os/signals.h"

namespace rollport::cli {
namespace {

constexpr absl::Duration kEvery = absl::Seconds(1);
// Short, because keys do not work while a controller that hangs is waited for.
constexpr absl::Duration kPatience = absl::Seconds(1);

// Whether the terminal's characters are UTF-8, by the locale (locale(7)).
bool ShowsBlocks() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string locale = absl::AsciiStrToLower(value);
    return absl::StrContains(locale, "utf-8") || absl::StrContains(locale, "utf8");
  }
  return false;
}

class LiveTop {
 public:
  LiveTop(const Console& console, fleet_file::FleetPlace place, Client client, os::SignalFd signals)
      : console_(console),
        place_(std::move(place)),
        client_(std::move(client)),
        signals_(std::move(signals)),
        screen_(console.out, console.keys) {}

  // Returns when the user quits.
  void Run() {
    view_.blocks = ShowsBlocks();
    Look();
    while (!done_) {
      Draw();
      Wait();
    }
  }

 private:
  // Asks for the status and the counts. If there is no answer, notes why, and connects again the
  // next time.
  void Look();
  absl::StatusOr<api::FleetStatus> AskStatus();
  // A controller of a former version has no counts.
  void LookAtCounts();
  void Draw();
  // Waits for a key, a signal, or the next time to look.
  void Wait();
  void OnSignal(int signal);
  void OnKeys();

  Console console_;
  const fleet_file::FleetPlace place_;
  std::optional<Client> client_;
  os::SignalFd signals_;
  FullScreen screen_;
  TopView view_;
  absl::Time looked_;
  bool done_ = false;
};

absl::StatusOr<api::FleetStatus> LiveTop::AskStatus() {
  if (!client_.has_value()) {
    auto fresh = Client::Connect(place_, kPatience);
    if (!fresh.ok()) return fresh.status();
    client_ = *std::move(fresh);
  }
  const auto reply = client_->Ask("GET", "/v1/status");
  if (!reply.ok()) return reply.status();
  if (reply->status != 200) return absl::UnavailableError(ErrorIn(*reply));
  return api::ParseStatus(reply->body);
}

void LiveTop::LookAtCounts() {
  const auto reply = client_->Ask("GET", "/v1/counts");
  if (!reply.ok()) return client_.reset();
  if (reply->status != 200) return;
  if (const auto counts = api::ParseCounts(reply->body); counts.ok()) {
    view_.rates.Note(absl::Now(), *counts);
  }
}

void LiveTop::Look() {
  looked_ = absl::Now();
  const auto status = AskStatus();
  if (status.ok()) {
    view_.status = *status;
    view_.trouble.clear();
    return LookAtCounts();
  }
  client_.reset();
  const bool silent =
      absl::IsDeadlineExceeded(status.status()) || absl::IsResourceExhausted(status.status());
  view_.trouble = absl::StrCat(silent ? "" : "the controller is gone: ", status.status().message(),
                               "; retrying; this is the last known state");
}

void LiveTop::Draw() {
  Measure(&console_);
  view_.clock = absl::FormatTime("%H:%M:%S", absl::Now(), absl::LocalTimeZone());
  screen_.Draw(TopLines(console_, &view_));
}

void LiveTop::Wait() {
  const absl::Duration left = looked_ + kEvery - absl::Now();
  // If the clock was set back, `left` may be long.
  const absl::Duration wait = std::clamp(left, absl::ZeroDuration(), kEvery);
  pollfd fds[2] = {{.fd = signals_.fd(), .events = POLLIN},
                   {.fd = console_.keys, .events = POLLIN}};
  // Rounded up, so that the last millisecond is not a busy loop.
  const int millis =
      static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1))));
  const int n = poll(fds, 2, millis);
  if (n < 0 && errno != EINTR) done_ = true;
  if (n == 0) return Look();
  if (n < 0) return;
  while (const auto signal = signals_.Read()) OnSignal(static_cast<int>(signal->ssi_signo));
  if (fds[1].revents != 0) OnKeys();
}

void LiveTop::OnSignal(int signal) {
  if (signal == SIGWINCH) return;  // the screen is drawn again in any case
  if (signal != SIGTSTP) {
    done_ = true;
    return;
  }
  screen_.Leave();
  raise(SIGSTOP);
  screen_.Enter();
}

void LiveTop::OnKeys() {
  char buffer[64];
  const ssize_t n = read(console_.keys, buffer, sizeof buffer);
  if (n <= 0) {
    console_.keys = -1;
    return;
  }
  done_ = PressKeys({buffer, static_cast<size_t>(n)}, &view_);
}

}  // namespace

ExitStatus Top(const Arguments& arguments, const Console& console) {
  if (!console.live) return ShowStatus(arguments, console);
  const auto place = fleet_file::LocateFleet(arguments.file);
  ExitStatus failure = kDone;
  // A controller that refuses to answer is told of before the screen is taken.
  if (!AskController(arguments, console, "GET", "/v1/status", &failure).has_value()) return failure;
  std::optional<Client> client = Reach(arguments, console, &failure);
  if (!client.has_value() || !place.ok()) return failure;
  auto signals = os::SignalFd::Create({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP});
  if (!signals.ok()) return Complain(console, kFailed, ToStd(signals.status().message()));
  LiveTop(console, *place, *std::move(client), *std::move(signals)).Run();
  return kDone;
}

}  // namespace rollport::cli
