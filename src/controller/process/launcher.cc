#include "controller/process/launcher.h"

#include <utility>

#include "base/status_macros.h"
#include "controller/process/inherited_listeners.h"
#include "controller/process/worker_environment.h"
#include "controller/process/worker_output.h"
#include "os/message_socket.h"
#include "protocol/variables.h"

namespace rollport::controller {
namespace {

// One launch: what it is made from, and the description of the child.
class Launching {
 public:
  Launching(const LaunchPlace& place, const Generation& generation,
            const fleet_file::WorkerSettings& settings, SlotId slot)
      : place_(place), generation_(generation), settings_(settings), slot_(slot) {}

  os::LaunchSpec Spec(int page_fd, int channel, const OpenedOutput& out,
                      const OpenedOutput& err) const {
    const Generation::Executable executable = generation_.ToExecute();
    os::LaunchSpec spec{
        .path = executable.path,
        .executable_fd = executable.fd,
        .argv = generation_.command(),
        .environment = Environment(),
        .directory =
            settings_.working_dir.empty() ? generation_.directory() : settings_.working_dir,
        .stdout_fd = out.theirs.get(),
        .stderr_fd = err.theirs.get(),
        .inherited = {{page_fd, PageNumber()}, {channel, ChannelNumber()}},
        // Its own, so that Ctrl-C in a terminal is for the controller alone.
        .new_process_group = true,
        .settings = settings_.process,
    };
    if (!settings_.cpus.empty()) {
      spec.settings.cpus =
          settings_.cpus[static_cast<size_t>(slot_.value()) % settings_.cpus.size()];
    }
    if (PassedAsListenFds()) spec.pid_variables.emplace_back(protocol::kListenPid);
    if (settings_.watchdog > absl::ZeroDuration()) {
      spec.pid_variables.emplace_back(protocol::kWatchdogPid);
    }
    if (settings_.listener == fleet_file::Listener::kInherit) {
      spec.before_exec = [this] {
        return PassListeners(place_.addresses, settings_.listener_fd,
                             settings_.process.credentials);
      };
    }
    return spec;
  }

 private:
  bool PassedAsListenFds() const {
    return settings_.listener == fleet_file::Listener::kInherit &&
           settings_.listener_fd == protocol::kFirstListenFd;
  }
  // Behind the listeners.
  int PageNumber() const {
    return protocol::kFirstListenFd +
           (PassedAsListenFds() ? static_cast<int>(place_.addresses.size()) : 0);
  }

  int ChannelNumber() const { return PageNumber() + 1; }

  std::vector<std::string> Environment() const {
    return WorkerEnvironment(
        generation_.env(), ProtocolVariables(place_, settings_, slot_, generation_.id(),
                                             {PassedAsListenFds(), PageNumber(), ChannelNumber()}));
  }

  const LaunchPlace& place_;
  const Generation& generation_;
  const fleet_file::WorkerSettings& settings_;
  const SlotId slot_;
};

}  // namespace

absl::StatusOr<Launched> Launch(os::EventLoop& loop, const LaunchPlace& place,
                                const Generation& generation,
                                const fleet_file::WorkerSettings& settings, WorkerId id,
                                SlotId slot, std::function<void(os::ExitStatus)> on_exit) {
  ASSIGN_OR_RETURN(const os::UniqueFd page_fd, protocol::MappedPage::CreateFd());
  ASSIGN_OR_RETURN(protocol::MappedPage page, protocol::MappedPage::Map(page_fd.get()));
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
