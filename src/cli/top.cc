// `rollport top`.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "api/control_json.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/full_screen.h"
#include "cli/top_text.h"
#include "fleet_file/fleet_file.h"
#include "os/signals.h"

namespace rollport::cli {
namespace {

constexpr absl::Duration kEvery = absl::Seconds(1);
// Short, because keys do not work while a controller that hangs is waited for.
constexpr absl::Duration kPatience = absl::Seconds(1);

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
    Look();
    while (!done_) {
      Draw();
      Wait();
    }
  }

 private:
  // Asks for the status. If there is no answer, notes why, and connects again the next time.
  void Look();
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

void LiveTop::Look() {
  looked_ = absl::Now();
  const auto status = [this]() -> absl::StatusOr<api::FleetStatus> {
    if (!client_.has_value()) {
      auto fresh = Client::Connect(place_, kPatience);
      if (!fresh.ok()) return fresh.status();
      client_ = *std::move(fresh);
    }
    const auto reply = client_->Ask("GET", "/v1/status");
    if (!reply.ok()) return reply.status();
    if (reply->status != 200) return absl::UnavailableError(ErrorIn(*reply));
    return api::ParseStatus(reply->body);
  }();
  if (status.ok()) {
    view_.status = *status;
    view_.trouble.clear();
    return;
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
  const std::string keys(buffer, static_cast<size_t>(n));
  // An arrow is one key of three bytes.
  if (keys == "\033[A" || keys == "\033OA") return void(--view_.scroll);
  if (keys == "\033[B" || keys == "\033OB") return void(++view_.scroll);
  for (const char key : keys) {
    if (key == 'q' || key == 'Q') done_ = true;
    if (key == 'k') --view_.scroll;
    if (key == 'j') ++view_.scroll;
  }
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
  auto signals = os::SignalFd::Create({SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP});
  if (!signals.ok()) return Complain(console, kFailed, ToStd(signals.status().message()));
  LiveTop(console, *place, *std::move(client), *std::move(signals)).Run();
  return kDone;
}

}  // namespace rollport::cli
