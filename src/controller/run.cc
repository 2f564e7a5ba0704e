#include "controller/run.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/controller.h"
#include "controller/endpoints/admin_api.h"
#include "controller/endpoints/admin_hosts.h"
#include "controller/endpoints/admin_listener.h"
#include "controller/endpoints/admin_routes.h"
#include "controller/process/leftovers.h"
#include "controller/record/found_fleet.h"
#include "controller/record/state_dir.h"
#include "controller/state_keeper.h"
#include "os/descriptor_limit.h"
#include "os/errno_status.h"
#include "os/notify_socket.h"
#include "os/signals.h"
#include "os/sysctl.h"

namespace rollport::controller {
namespace {

// For what is left of the fleet when it has stopped.
constexpr absl::Duration kEndPatience = absl::Seconds(2);
// Before what the log could not take is tried again.
constexpr absl::Duration kFlushPause = absl::Milliseconds(100);

// Reaps workers' children whose parents have died: we are their subreaper.
void ReapStrays(const Controller& controller) {
  while (true) {
    siginfo_t info{};
    // Looks without reaping: a worker is reaped by its WorkerProcess, and then this is called
    // again.
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    if (controller.IsWorker(info.si_pid)) return;
    waitpid(info.si_pid, nullptr, WNOHANG);
  }
}

// No process of the fleet may be left behind; but one that cannot be ended holds nobody up.
void EndLeftovers(Chronicle& chronicle) {
  for (const pid_t pid : KillDescendants(kEndPatience)) {
    chronicle.Tell(api::event_kind::kKillFailed,
                   absl::StrCat(DescribeProcess(pid), " could not be ended, and is left behind"));
  }
}

void OnSignal(os::SignalFd& signals, Controller& controller) {
  while (const auto signal = signals.Read()) {
    switch (static_cast<int>(signal->ssi_signo)) {
      case SIGINT:
        if (controller.stopping()) {
          controller.HurryStop();
          break;
        }
        [[fallthrough]];
      case SIGTERM:
        os::Notify("STOPPING=1").IgnoreError();  // a manager that is not told so sees the exit
        controller.Stop();
        break;
      case SIGHUP: {
        const absl::StatusOr<int64_t> roll = controller.Roll({});
        if (roll.ok()) break;
        controller.events().Append(
            api::FleetEvent{.at = absl::Now(),
                            .kind = api::event_kind::kRollRefused,
                            .message = std::string(roll.status().message())});
        break;
      }
      case SIGCHLD:
        ReapStrays(controller);
        break;
      default:
        break;
    }
  }
}

// Where a browser on this host finds the live page.
std::string LivePageUrl(const os::SocketAddress& admin) {
  const std::string port = absl::StrCat(":", admin.port());
  return absl::StrCat("http://", admin.IsWildcard() ? "localhost" + port : admin.ToString(), "/");
}

// Null if the fleet has no admin address.
absl::StatusOr<std::unique_ptr<AdminApi>> StartAdmin(os::EventLoop& loop,
                                                     const fleet_file::FleetSettings& settings,
                                                     Controller& controller) {
  if (settings.admin.empty()) return nullptr;
  ASSIGN_OR_RETURN(os::SockDiag diag, os::SockDiag::Create());
  ASSIGN_OR_RETURN(os::UniqueFd listener, ListenAdmin(diag, settings.admin));
  ASSIGN_OR_RETURN(std::unique_ptr<AdminApi> admin, AdminApi::Start(loop, std::move(listener)));
  ASSIGN_OR_RETURN(const os::SocketAddress address, os::SocketAddress::Parse(settings.admin));
  admin->RestrictTo([&controller, address, own_name = os::HostName()](std::string_view host) {
    return IsAdminHost(host, address, own_name, controller.settings().admin_hosts);
  });
  Accounts& accounts = controller.accounts();
  accounts.chronicle().Tell(api::event_kind::kAdminOpened,
                            absl::StrCat("the live page is at ", LivePageUrl(address)));
  AddAdminRoutes(*admin, {.loop = loop,
                          .fleet = controller,
                          .metrics = accounts.collector(),
                          .foreign = [&accounts] { return accounts.collector().foreign(); },
                          .totals = [&accounts] { return accounts.Totals(); },
                          .last_roll = [&accounts] { return accounts.chronicle().last_roll(); }});
  return admin;
}

// Appends what a person should know of the record of a former controller: that it is ignored, that
// it names processes that are no workers, or that the fleet file has changed since.
void TellOfRecord(Controller& controller, const Search& search,
                  const fleet_file::FleetSettings& settings) {
  Chronicle& chronicle = controller.accounts().chronicle();
  if (!search.trouble.empty()) {
    chronicle.Tell(api::event_kind::kFleetRecordIgnored, search.trouble);
  }
  for (const RecordedWorker& stranger : search.strangers) {
    controller.events().Append(
        api::FleetEvent{.at = absl::Now(),
                        .kind = api::event_kind::kFoundProcessRefused,
                        .slot = stranger.slot,
                        .generation = stranger.generation,
                        .pid = stranger.pid,
                        .message = "fleet.state calls this process a worker, but it was not given "
                                   "this fleet's NOTIFY_SOCKET, and listens on none of its "
                                   "addresses: it is left alone"});
  }
  if (!search.fleet.has_value()) return;
  fleet_file::FleetSettings then = search.fleet->record.settings;
  then.admin = settings.admin;
  then.admin_hosts = settings.admin_hosts;
  if (then == settings) return;
  chronicle.Tell(api::event_kind::kFleetFileChanged,
                 absl::StrCat(settings.file, " has changed since; the next roll takes that up"));
}

}  // namespace

absl::Status RunController(const fleet_file::FleetSettings& settings,
                           const std::function<void(const api::FleetEvent&)>& tell,
                           const std::function<bool()>& flush) {
  os::RaiseDescriptorLimit();
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return os::ErrnoStatus(errno, "prctl");
  ASSIGN_OR_RETURN(const std::unique_ptr<os::EventLoop> loop, os::EventLoop::Create());
  os::Timer flush_again(*loop, [&] {
    if (!flush()) flush_again.After(kFlushPause);
  });
  // The controller calls it in its destructor too, for what workers wrote last.
  const auto log = [&](const api::FleetEvent& event) {
    tell(event);
    if (!flush_again.armed() && !flush()) flush_again.After(kFlushPause);
  };
  // SIGXFSZ, so that a file that may not grow is an error of write(2).
  ASSIGN_OR_RETURN(os::SignalFd signals,
                   os::SignalFd::Create({SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGPIPE, SIGXFSZ}));
  ASSIGN_OR_RETURN(StateDir state_dir, StateDir::Open(settings.state_dir, settings.file));
  Search search = FindFleet(FleetRecordFile(state_dir.path()), settings);
  std::optional<FoundFleet>& found = search.fleet;
  ASSIGN_OR_RETURN(const std::unique_ptr<Controller> controller,
                   found.has_value()
                       ? Controller::CreateFor(*found, *loop, settings, state_dir.path())
                       : Controller::CreateFresh(*loop, settings, state_dir.path()));
  const api::EventLog::Subscription told =
      controller->events().Subscribe([&](const api::FleetEvent& event) {
        log(event);
        // A manager that is not told so ends the start by its own timeout.
        if (event.kind == api::event_kind::kFleetStarted) os::Notify("READY=1").IgnoreError();
      });
  controller->set_on_output(log);
  ASSIGN_OR_RETURN(const std::unique_ptr<AdminApi> admin, StartAdmin(*loop, settings, *controller));
  ASSIGN_OR_RETURN(const std::unique_ptr<StateKeeper> keeper,
                   StateKeeper::Start(*loop, state_dir, *controller,
                                      {.intact = [&] { return controller->notify_intact(); },
                                       .restore = [&] { return controller->RestoreNotify(); }}));
  os::FdWatch signal_watch(*loop, signals.fd(), [&](uint32_t) { OnSignal(signals, *controller); });
  RETURN_IF_ERROR(signal_watch.Set(EPOLLIN));

  TellOfRecord(*controller, search, settings);
  if (found.has_value()) {
    controller->TakeOver(*std::move(found), [&] { loop->Stop(); });
  } else {
    controller->Start([&] { loop->Stop(); });
  }
  const absl::Status status = loop->Run();
  EndLeftovers(controller->accounts().chronicle());
  RETURN_IF_ERROR(status);
  if (!controller->start_failure().empty()) {
    return absl::FailedPreconditionError(controller->start_failure());
  }
  return absl::OkStatus();
}

}  // namespace rollport::controller
