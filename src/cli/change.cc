// The commands that change the fleet and wait for the result: `roll`, `undo`, `scale`, `restart`
// and `abort`. Each begins with one request, and ends with the verdict of a roll.
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "api/control_json.h"
#include "api/control_requests.h"
#include "base/check.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/progress.h"
#include "cli/quiet_terminal.h"
#include "cli/status_text.h"
#include "fleet_file/executable.h"
#include "fleet_file/fleet_file.h"
#include "os/signals.h"

namespace rollport::cli {
namespace {

using api::Verdict;

constexpr absl::Duration kRedraw = absl::Milliseconds(100);
// How often to ask whether the roll is paused, and how long its canary step still lasts.
constexpr absl::Duration kLook = absl::Milliseconds(500);

struct Request {
  std::string target;
  std::string body;
  std::string wanted = "rolled";  // the outcome that counts as success
  std::string done = "rolled";    // how to say "rolled"
};

// The user means a path relative to the current folder; the controller would take it relative to
// the fleet file's.
std::optional<std::vector<std::string>> FromHere(std::optional<std::vector<std::string>> command) {
  if (command.has_value() && command->front().find('/') != std::string::npos) {
    command->front() =
        fleet_file::PathIn(std::filesystem::current_path().string(), command->front());
  }
  return command;
}

Request RequestOf(const Arguments& arguments) {
  const int64_t number = arguments.number.value_or(0);
  switch (arguments.command) {
    case Command::kRoll:
      return {"/v1/roll", api::RollRequestJson({.command = FromHere(arguments.roll_command),
                                                .canary = arguments.canary})};
    case Command::kUndo:
      return {"/v1/undo", api::NumberRequestJson("to", arguments.to), "rolled", "undone"};
    case Command::kScale:
      return {"/v1/scale", api::NumberRequestJson("workers", number), "rolled",
              absl::StrCat("scaled to ", number, number == 1 ? " worker" : " workers")};
    case Command::kRestart:
      return {"/v1/restart", api::NumberRequestJson("slot", number), "rolled",
              absl::StrCat("restarted slot ", number)};
    default:
      RP_CHECK(arguments.command == Command::kAbort, "no change of a fleet");
      return {"/v1/abort", "", "aborted"};
  }
}

ExitStatus PrintVerdict(const Console& console, const Request& request, const Verdict& verdict) {
  const bool done = verdict.outcome == request.wanted;
  if (console.json) {
    console.out << api::ToJson(verdict) << std::endl;
  } else {
    const std::string text = Lines(console, VerdictText(verdict, request.done), kIndent);
    console.out << Paint(console, done ? Color::kGreen : Color::kRed,
                         std::string_view(text).substr(0, text.size() - 1))
                << std::endl;
  }
  return done ? kDone : kFailed;
}

// Prints why the controller refused the request, or what is wrong with it.
ExitStatus Refused(const Console& console, Client& client, const Client::Reply& reply) {
  const auto error = api::ParseError(reply.body);
  if (!error.ok() || reply.status == 400) return ComplainOf(console, reply);
  Verdict verdict{.outcome = "refused", .reason = error->message};
  if (const auto now = client.Ask("GET", "/v1/status"); now.ok()) {
    if (const auto status = api::ParseStatus(now->body); status.ok()) {
      verdict.generation = status->generation;
    }
  }
  if (console.json) console.out << api::ToJson(verdict) << std::endl;
  ComplainInWords(console, kFailed, absl::StrCat("refused: ", error->message));
  if (error->roll.has_value()) console.err << Lines(console, ProgressText(*error->roll), kIndent);
  console.err << std::flush;
  return kFailed;
}

// The signals that end or suspend a command, if it must give its terminal back first.
absl::StatusOr<os::SignalFd> TerminalSignals() {
  return os::SignalFd::Create({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP});
}

// Follows one roll until its verdict, and shows its progress.
class Waiting {
 public:
  Waiting(const Arguments& arguments, const Console& console, int64_t roll, absl::Time from,
          int interrupt)
      : arguments_(arguments),
        console_(console),
        roll_(roll),
        from_(from),
        signals_(console.live ? TerminalSignals() : absl::UnavailableError("no terminal")),
        interrupt_(signals_.ok() ? signals_->fd() : interrupt),
        quiet_(signals_.ok() ? console.keys : -1),
        progress_(console_) {}

  ExitStatus Until(Client& client, const Request& request);

 private:
  // Asks the controller, at most every kLook, what the roll waits for, and shows that.
  void Look();
  // Acts on the signals that have come: the exit status if they end the waiting.
  std::optional<ExitStatus> OnSignals();
  void Suspend();
  ExitStatus Interrupted(int signal);
  ExitStatus Gone();
  ExitStatus Silent();
  void Show(const api::FleetEvent& event);

  const Arguments& arguments_;
  Console console_;
  const int64_t roll_;
  const absl::Time from_;                 // earlier events are not shown
  absl::StatusOr<os::SignalFd> signals_;  // of a terminal
  const int interrupt_;
  QuietTerminal quiet_;
  absl::Status silence_;  // not OK if the controller does not answer
  Progress progress_;
  std::optional<Client> looker_;
  absl::Time looked_ = absl::InfinitePast();
  bool told_paused_ = false;
};

std::optional<ExitStatus> Waiting::OnSignals() {
  if (!signals_.ok()) return Interrupted(SIGINT);
  while (const auto signal = signals_->Read()) {
    const int number = static_cast<int>(signal->ssi_signo);
    if (number != SIGTSTP) return Interrupted(number);
    Suspend();
  }
  return std::nullopt;
}

void Waiting::Suspend() {
  progress_.LetGo();
  quiet_.Restore();
  raise(SIGSTOP);
  quiet_.Silence();
}

ExitStatus Waiting::Interrupted(int signal) {
  progress_.Finish();
  quiet_.Restore();
  const std::string text = absl::StrCat("no longer waiting: roll ", roll_, " continues; `",
                                        CommandLine(arguments_, "status"), "` shows it, `",
                                        CommandLine(arguments_, "pause"), "` pauses it, `",
                                        CommandLine(arguments_, "abort"), "` reverts it");
  console_.err << Lines(console_, text) << std::flush;
  PrintError(console_, text);
  return static_cast<ExitStatus>(kInterrupted - SIGINT + signal);
}

ExitStatus Waiting::Gone() {
  progress_.Finish();
  return Complain(console_, kNoController,
                  absl::StrCat("roll ", roll_, " is under way, but its controller has gone away"));
}

ExitStatus Waiting::Silent() {
  progress_.Finish();
  return Complain(console_, kNoController,
                  absl::StrCat("roll ", roll_, " is under way, but ", silence_.message()));
}

void Waiting::Look() {
  const absl::Time now = absl::Now();
  if (now - looked_ < kLook) return;
  looked_ = now;
  if (!looker_.has_value()) {
    const auto place = fleet_file::LocateFleet(arguments_.file);
    if (!place.ok()) return;
    auto client = Client::Connect(*place, console_.patience);
    if (absl::IsResourceExhausted(client.status())) silence_ = client.status();
    if (!client.ok()) return;
    client->set_interrupt(interrupt_);
    looker_ = *std::move(client);
  }
  const auto reply = looker_->Ask("GET", "/v1/status");
  if (absl::IsDeadlineExceeded(reply.status())) silence_ = reply.status();
  if (!reply.ok()) return looker_.reset();
  const auto status = api::ParseStatus(reply->body);
  if (!status.ok() || !status->roll.has_value() || status->roll->number != roll_) {
    return progress_.SetFoot({});
  }
  const bool paused = status->roll->phase == "paused";
  const std::string next = absl::StrCat("`", CommandLine(arguments_, "resume"), "` continues it, `",
                                        CommandLine(arguments_, "abort"), "` reverts it");
  progress_.SetFoot(FootText(*status->roll, next));
  if (paused && !told_paused_ && !console_.live) {
    (console_.json ? console_.err : console_.out)
        << absl::StrCat("roll ", roll_, " is paused: ", next) << std::endl;
  }
  told_paused_ = paused;
}

void Waiting::Show(const api::FleetEvent& event) {
  if (console_.json || event.at < from_) return;
  progress_.On(event);
}

ExitStatus Waiting::Until(Client& client, const Request& request) {
  const auto followed = client.Follow(absl::StrCat("/v1/events?roll=", roll_));
  if (!followed.ok()) return Complain(console_, kNoController, ToStd(followed.status().message()));
  if (followed->status != 200) return ComplainOf(console_, *followed);
  for (std::string line; true;) {
    const auto next = client.NextLine(console_.live ? kRedraw : kLook, interrupt_, &line);
    if (!next.ok() || *next == Client::Next::kEnd) return Gone();
    if (*next == Client::Next::kInterrupted) {
      if (const auto status = OnSignals()) return *status;
      continue;
    }
    if (*next == Client::Next::kTick) {
      Measure(&console_);
      Look();
      if (!silence_.ok()) return Silent();
      progress_.Tick(absl::Now());
      continue;
    }
    const auto event = api::ParseEvent(line);
    if (!event.ok()) return Complain(console_, kFailed, ToStd(event.status().message()));
    Show(*event);
    if (!event->verdict.has_value()) continue;
    progress_.Finish();
    return PrintVerdict(console_, request, *event->verdict);
  }
}

}  // namespace

ExitStatus Change(const Arguments& arguments, const Console& console, int interrupt) {
  ExitStatus failure = kDone;
  std::optional<Client> client = Reach(arguments, console, &failure);
  if (!client.has_value()) return failure;
  const Request request = RequestOf(arguments);
  // When a roll is aborted, what it did before is not news.
  const absl::Time from = arguments.command == Command::kAbort ? absl::Now() : absl::InfinitePast();
  const auto reply = client->Ask("POST", request.target, request.body);
  if (absl::IsDeadlineExceeded(reply.status())) {
    return Complain(
        console, kNoController,
        absl::StrCat(reply.status().message(), "; it may follow the request when it goes on: `",
                     CommandLine(arguments, "status"), "` shows that"));
  }
  if (!reply.ok()) return Complain(console, kNoController, ToStd(reply.status().message()));
  if (reply->status != 202) return Refused(console, *client, *reply);
  const auto roll = api::ParseRollAccepted(reply->body);
  if (!roll.ok()) return Complain(console, kFailed, ToStd(roll.status().message()));
  if (!arguments.detach) {
    return Waiting(arguments, console, *roll, from, interrupt).Until(*client, request);
  }
  if (console.json) {
    console.out << reply->body << std::flush;
  } else {
    console.out << Lines(console,
                         absl::StrCat(
                             "roll ", *roll,
                             request.wanted == "aborted" ? " is being reverted" : " has begun",
                             "; `", CommandLine(arguments, "status"), "` shows it"))
                << std::flush;
  }
  return kDone;
}

}  // namespace rollport::cli
