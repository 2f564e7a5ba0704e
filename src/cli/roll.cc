// `rollport roll`.
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/status_text.h"
#include "controller/control_json.h"
#include "controller/control_requests.h"
#include "controller/program.h"

namespace rollport::cli {
namespace {

using controller::Verdict;

constexpr absl::Duration kRedraw = absl::Milliseconds(100);

// A relative path is meant from where the user is; the controller would take it from its own place.
std::optional<std::vector<std::string>> FromHere(std::optional<std::vector<std::string>> command) {
  if (command.has_value() && command->front().find('/') != std::string::npos) {
    command->front() =
        controller::PathIn(std::filesystem::current_path().string(), command->front());
  }
  return command;
}

ExitStatus Give(const Arguments& arguments, const Console& console, const Verdict& verdict) {
  const bool rolled = verdict.outcome == "rolled";
  if (arguments.json) {
    console.out << controller::ToJson(verdict) << std::endl;
  } else {
    console.out << Paint(console, rolled ? Color::kGreen : Color::kRed, VerdictText(verdict))
                << std::endl;
  }
  return rolled ? kDone : kFailed;
}

// The controller does not take the request.
ExitStatus Refused(const Arguments& arguments, const Console& console, Client& client,
                   const Client::Reply& reply) {
  const auto error = controller::ParseError(reply.body);
  if (!error.ok()) return ComplainOf(console, reply);
  Verdict verdict{.outcome = "refused", .reason = error->message};
  if (const auto now = client.Ask("GET", "/v1/status"); now.ok()) {
    if (const auto status = controller::ParseStatus(now->body); status.ok()) {
      verdict.generation = status->generation;
    }
  }
  if (arguments.json) console.out << controller::ToJson(verdict) << std::endl;
  if (reply.status == 400) return Complain(console, kWrong, error->message);
  if (arguments.json) return kFailed;
  Complain(console, kFailed, absl::StrCat("refused: ", error->message));
  if (error->roll.has_value()) console.err << ProgressText(*error->roll) << std::endl;
  return kFailed;
}

// Shows the events of a roll until its verdict.
ExitStatus Wait(const Arguments& arguments, const Console& console, Client& client, int64_t roll,
                int interrupt) {
  const auto followed = client.Follow(absl::StrCat("/v1/events?roll=", roll));
  if (!followed.ok()) return Complain(console, kNoController, ToStd(followed.status().message()));
  if (followed->status != 200) return ComplainOf(console, *followed);
  Progress progress(console);
  for (std::string line; true;) {
    const auto next =
        client.NextLine(console.live ? kRedraw : absl::InfiniteDuration(), interrupt, &line);
    if (!next.ok() || *next == Client::Next::kEnd) {
      progress.Finish();
      return Complain(console, kNoController,
                      absl::StrCat("roll ", roll, " is under way, but its controller went away"));
    }
    if (*next == Client::Next::kTick) {
      if (!arguments.json) progress.Tick(absl::Now());
      continue;
    }
    if (*next == Client::Next::kInterrupted) {
      progress.Finish();
      console.err << "not waiting any more: roll " << roll << " goes on; `rollport status` shows it"
                  << std::endl;
      return kInterrupted;
    }
    const auto event = controller::ParseEvent(line);
    if (!event.ok()) return Complain(console, kFailed, ToStd(event.status().message()));
    if (!arguments.json) progress.On(*event);
    if (!event->verdict.has_value()) continue;
    progress.Finish();
    return Give(arguments, console, *event->verdict);
  }
}

}  // namespace

ExitStatus Roll(const Arguments& arguments, const Console& console, int interrupt) {
  ExitStatus failure = kDone;
  std::optional<Client> client = Reach(arguments, console, &failure);
  if (!client.has_value()) return failure;
  const auto reply = client->Ask("POST", "/v1/roll",
                                 controller::RollRequestJson({.command = FromHere(arguments.roll_command)}));
  if (!reply.ok()) return Complain(console, kNoController, ToStd(reply.status().message()));
  if (reply->status != 202) return Refused(arguments, console, *client, *reply);
  const auto roll = controller::ParseRollAccepted(reply->body);
  if (!roll.ok()) return Complain(console, kFailed, ToStd(roll.status().message()));
  if (!arguments.detach) return Wait(arguments, console, *client, *roll, interrupt);
  if (arguments.json) {
    console.out << reply->body << std::flush;
  } else {
    console.out << "roll " << *roll << " has begun; `rollport status` shows it" << std::endl;
  }
  return kDone;
}

}  // namespace rollport::cli
