#include "cli/commands.h"

#include <poll.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/control_json.h"
#include "base/printable.h"
#include "base/strings.h"
#include "cli/format.h"
#include "cli/status_text.h"
#include "fleet_file/fleet_file.h"
#include "fleet_file/state_paths.h"
#include "json/value.h"

namespace rollport::cli {
namespace {

ExitStatus Wrong(const Console& console, const absl::Status& status) {
  return Complain(console, kWrong, ToStd(status.message()));
}

void PrintJson(const Console& console, const json::Ordered& json) {
  console.out << json::ToLine(json) << std::endl;
}

constexpr absl::Duration kLookAgain = absl::Milliseconds(500);

// True if the controller's process ends within `timeout`, or, without a pidfd, its stream of
// events.
bool EndsWithin(absl::Duration timeout, Client& watcher, int pidfd) {
  const absl::Time end = absl::Now() + timeout;
  std::string line;
  while (pidfd < 0) {
    const absl::Duration left = std::max(end - absl::Now(), absl::ZeroDuration());
    const auto next = watcher.NextLine(left, -1, &line);
    if (!next.ok() || *next == Client::Next::kEnd) return true;
    if (*next == Client::Next::kTick) return false;
  }
  pollfd ended{.fd = pidfd, .events = POLLIN};
  return poll(&ended, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) > 0;
}

// Waits until the controller has ended. An error if it falls silent before that.
absl::Status WaitForEnd(const Console& console, Client& client, Client& watcher, int pidfd) {
  while (!EndsWithin(kLookAgain, watcher, pidfd)) {
    const auto alive = client.Ask("GET", "/v1/status");
    if (alive.ok()) continue;
    if (EndsWithin(console.patience, watcher, pidfd)) break;
    if (absl::IsDeadlineExceeded(alive.status())) return alive.status();
    return absl::DeadlineExceededError(
        absl::StrCat("the controller takes no commands any more, but has not ended for ",
                     absl::FormatDuration(console.patience)));
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<Client> Reach(const Arguments& arguments, const Console& console,
                            ExitStatus* status) {
  const auto place = fleet_file::LocateFleet(arguments.file);
  if (!place.ok()) {
    *status = Wrong(console, place.status());
    return std::nullopt;
  }
  auto client = Client::Connect(*place, console.patience);
  if (client.ok()) return *std::move(client);
  if (absl::IsPermissionDenied(client.status())) {
    *status = Complain(console, kFailed,
                       absl::StrCat("this user may not ask the controller of fleet \"", place->name,
                                    "\": ", client.status().message(),
                                    "; only root and the controller's own user may"));
    return std::nullopt;
  }
  if (absl::IsResourceExhausted(client.status())) {
    *status = Complain(console, kNoController,
                       absl::StrCat("the controller of fleet \"", place->name,
                                    "\" does not answer: ", client.status().message()));
    return std::nullopt;
  }
  *status = Complain(console, kNoController,
                     absl::StrCat("no controller of fleet \"", place->name,
                                  "\" answers: ", client.status().message(),
                                  "; start one with: rollport run -f ", arguments.file));
  return std::nullopt;
}

std::string ErrorIn(const Client::Reply& reply) {
  const auto error = api::ParseError(reply.body);
  return error.ok() ? error->message
                    : absl::StrCat("the controller answered with status ", reply.status);
}

ExitStatus ComplainOf(const Console& console, const Client::Reply& reply) {
  return Complain(console, reply.status == 400 ? kWrong : kFailed, ErrorIn(reply));
}

std::optional<Client::Reply> AskController(const Arguments& arguments, const Console& console,
                                           std::string_view method, std::string_view target,
                                           ExitStatus* status) {
  std::optional<Client> client = Reach(arguments, console, status);
  if (!client.has_value()) return std::nullopt;
  auto reply = client->Ask(method, target);
  if (!reply.ok()) {
    *status = Complain(console, kNoController, ToStd(reply.status().message()));
    return std::nullopt;
  }
  if (reply->status == 200) return *std::move(reply);
  *status = ComplainOf(console, *reply);
  return std::nullopt;
}

ExitStatus ShowStatus(const Arguments& arguments, const Console& console) {
  ExitStatus failure = kDone;
  const auto reply = AskController(arguments, console, "GET", "/v1/status", &failure);
  if (!reply.has_value()) return failure;
  if (arguments.json) {
    console.out << reply->body << std::flush;
    return kDone;
  }
  const auto status = api::ParseStatus(reply->body);
  if (!status.ok()) return Complain(console, kFailed, ToStd(status.status().message()));
  console.out << StatusText(*status, console.live ? console.width : kWidth) << std::flush;
  return kDone;
}

ExitStatus Check(const Arguments& arguments, const Console& console) {
  const auto settings = fleet_file::LoadFleetFile(arguments.file);
  if (!settings.ok()) {
    if (!arguments.json) return Wrong(console, settings.status());
    PrintJson(console, {{"good", false}, {"error", std::string(settings.status().message())}});
    return ComplainInWords(console, kWrong, ToStd(settings.status().message()));
  }
  if (arguments.json) {
    PrintJson(console, {{"good", true},
                        {"name", settings->name},
                        {"listen", settings->listen},
                        {"workers", settings->workers},
                        {"state_dir", settings->state_dir},
                        {"control_socket", fleet_file::ControlSocketPath(settings->state_dir)}});
    return kDone;
  }
  console.out << Printable(arguments.file) << " is good: fleet \"" << settings->name << "\", "
              << settings->workers << (settings->workers == 1 ? " worker" : " workers") << " on "
              << absl::StrJoin(settings->listen, " ") << std::endl;
  return kDone;
}

ExitStatus Stop(const Arguments& arguments, const Console& console) {
  ExitStatus failure = kDone;
  std::optional<Client> client = Reach(arguments, console, &failure);
  if (!client.has_value()) return failure;
  const absl::Time start = absl::Now();
  // Both are opened before the stop, so that the end cannot be missed. The stream of events ends
  // with the controller too, and serves if its pid is not in our PID namespace.
  std::optional<Client> watcher = Reach(arguments, console, &failure);
  if (!watcher.has_value()) return failure;
  const auto pidfd = watcher->ControllerPidfd();
  const auto followed = watcher->Follow("/v1/events");
  if (!followed.ok()) return Complain(console, kNoController, ToStd(followed.status().message()));
  const auto reply = client->Ask("POST", "/v1/stop");
  if (!reply.ok()) return Complain(console, kNoController, ToStd(reply.status().message()));
  if (reply->status != 202) return ComplainOf(console, *reply);
  if (console.live && !arguments.json) console.out << "draining every worker" << std::endl;
  const absl::Status ended = WaitForEnd(console, *client, *watcher, pidfd.ok() ? pidfd->get() : -1);
  if (!ended.ok()) return Complain(console, kNoController, ToStd(ended.message()));
  if (arguments.json) {
    PrintJson(console,
              {{"outcome", "stopped"}, {"seconds", absl::ToDoubleSeconds(absl::Now() - start)}});
  } else {
    console.out << "stopped" << std::endl;
  }
  return kDone;
}

}  // namespace rollport::cli
