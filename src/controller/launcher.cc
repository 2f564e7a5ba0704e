#include "controller/launcher.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "controller/inherited_listeners.h"
#include "controller/worker_output.h"
#include "handover/message.h"
#include "os/message_socket.h"

namespace rollport::controller {
namespace {

// sd_listen_fds(3), and the first number after stdin, stdout and stderr.
constexpr int kFirstNumber = 3;

// One launch: what goes into it and the child's description that comes of it.
class Launching {
 public:
  Launching(const LaunchPlace& place, const Generation& generation, const WorkerSettings& settings,
            SlotId slot)
      : place_(place), generation_(generation), settings_(settings), slot_(slot) {}

  os::LaunchSpec Spec(int page_fd, int channel, const OpenedOutput& out,
                      const OpenedOutput& err) const {
    const Generation::Program program = generation_.ToExecute();
    os::LaunchSpec spec{
        .path = program.path,
        .executable_fd = program.fd,
        .argv = generation_.command(),
        .environment = Environment(),
        .directory =
            settings_.working_dir.empty() ? generation_.directory() : settings_.working_dir,
        .stdout_fd = out.theirs.get(),
        .stderr_fd = err.theirs.get(),
        .inherited = {{page_fd, PageNumber()}, {channel, ChannelNumber()}},
        // Apart from ours, so that Ctrl-C in a terminal is the controller's alone.
        .new_process_group = true,
        .settings = settings_.process,
    };
    if (!settings_.cpus.empty()) {
      spec.settings.cpus =
          settings_.cpus[static_cast<size_t>(slot_.value()) % settings_.cpus.size()];
    }
    if (PassedAsListenFds()) spec.pid_variables.emplace_back("LISTEN_PID");
    if (settings_.watchdog > absl::ZeroDuration()) {
      spec.pid_variables.emplace_back("WATCHDOG_PID");
    }
    if (settings_.listener == Listener::kInherit) {
      spec.before_exec = [this] {
        return PassListeners(place_.addresses, settings_.listener_fd,
                             settings_.process.credentials);
      };
    }
    return spec;
  }

 private:
  bool PassedAsListenFds() const {
    return settings_.listener == Listener::kInherit && settings_.listener_fd == kFirstNumber;
  }
  // Out of the listeners' way.
  int PageNumber() const {
    return kFirstNumber + (PassedAsListenFds() ? static_cast<int>(place_.addresses.size()) : 0);
  }

  int ChannelNumber() const { return PageNumber() + 1; }

  std::vector<std::string> Environment() const {
    std::map<std::string, std::string> protocol = {
        {"ROLLPORT_LISTEN", absl::StrJoin(place_.addresses, " ",
                                          [](std::string* out, const os::SocketAddress& address) {
                                            out->append(address.ToString());
                                          })},
        {"ROLLPORT_SLOT", absl::StrCat(slot_.value())},
        {"ROLLPORT_GENERATION", absl::StrCat(generation_.id().value())},
        {"ROLLPORT_DRAIN_TIMEOUT", absl::FormatDuration(place_.drain_timeout)},
        {"NOTIFY_SOCKET", place_.notify_socket},
        {metrics::kWorkerPageEnv, absl::StrCat(PageNumber())},
        {handover::kChannelEnv, absl::StrCat(ChannelNumber())},
    };
    if (PassedAsListenFds()) {
      protocol["LISTEN_FDS"] = absl::StrCat(place_.addresses.size());
      protocol["LISTEN_FDNAMES"] = ListenerNames(place_.addresses);
    }
    if (settings_.watchdog > absl::ZeroDuration()) {
      protocol["WATCHDOG_USEC"] = absl::StrCat(absl::ToInt64Microseconds(settings_.watchdog));
    }
    return WorkerEnvironment(generation_.env(), protocol);
  }

  const LaunchPlace& place_;
  const Generation& generation_;
  const WorkerSettings& settings_;
  const SlotId slot_;
};

}  // namespace

absl::StatusOr<Launched> Launch(os::EventLoop& loop, const LaunchPlace& place,
                                const Generation& generation, const WorkerSettings& settings,
                                WorkerId id, SlotId slot,
                                std::function<void(os::ExitStatus)> on_exit) {
  ASSIGN_OR_RETURN(const os::UniqueFd page_fd, metrics::MappedPage::CreateFd());
  ASSIGN_OR_RETURN(metrics::MappedPage page, metrics::MappedPage::Map(page_fd.get()));
  ASSIGN_OR_RETURN(os::MessageSockets channel, os::MakeMessageSockets());
  const auto& who = settings.process.credentials;
  ASSIGN_OR_RETURN(OpenedOutput out, OpenOutput(settings.out, slot, generation.id(), who));
  ASSIGN_OR_RETURN(OpenedOutput err, OpenOutput(settings.err, slot, generation.id(), who));
  const Launching launching(place, generation, settings, slot);
  ASSIGN_OR_RETURN(os::Child child,
                   os::Child::Launch(launching.Spec(page_fd.get(), channel.a.get(), out, err)));
  return Launched{
      std::make_unique<WorkerProcess>(loop, id, slot, generation.id(), std::move(child),
                                      std::move(page), std::move(channel.b), std::move(on_exit)),
      std::move(out.ours), std::move(err.ours)};
}

}  // namespace rollport::controller
