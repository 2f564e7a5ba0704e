#include "controller/record/found_fleet.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "os/errno_status.h"
#include "os/proc.h"
#include "os/unique_fd.h"
#include "protocol/variables.h"

namespace rollport::controller {
namespace {

// /proc counts start times in ticks on CLOCK_BOOTTIME: proc(5).
absl::Duration AgeOf(uint64_t start_time) {
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const absl::Duration start = absl::Seconds(static_cast<double>(start_time) / ticks);
  return std::max(absl::ZeroDuration(), absl::DurationFromTimespec(now) - start);
}

// The page of counts that the worker was launched with. It is opened through /proc, which needs
// less permission than pidfd_getfd(2), also if Yama restricts ptrace(2).
absl::StatusOr<protocol::MappedPage> PageOf(pid_t pid) {
  ASSIGN_OR_RETURN(const std::vector<int> numbers,
                   os::DescriptorsNamed(pid, "/memfd:rollport-page (deleted)"));
  for (const int number : numbers) {
    const os::UniqueFd fd(
        open(absl::StrCat("/proc/", pid, "/fd/", number).c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid()) continue;
    absl::StatusOr<protocol::MappedPage> page = protocol::MappedPage::Map(fd.get());
    if (page.ok()) return page;
  }
  return protocol::MappedPage::Private();
}

// kNotFound if the worker has ended, even if another process has its pid now.
absl::StatusOr<FoundProcess> Find(const RecordedWorker& worker, uid_t user) {
  ASSIGN_OR_RETURN(os::Child process, os::Child::TakeOver(worker.pid));
  ASSIGN_OR_RETURN(const uint64_t start_time, os::StartTime(worker.pid));
  ASSIGN_OR_RETURN(const uid_t runs_as, os::UserOf(worker.pid));
  ASSIGN_OR_RETURN(protocol::MappedPage page, PageOf(worker.pid));
  // Checked last: if the process still runs, all that was read is about the process of the pidfd.
  if (process.Ended() || start_time != worker.start_time || runs_as != user) {
    return absl::NotFoundError(absl::StrCat("process ", worker.pid, " is no worker of ours"));
  }
  return FoundProcess{worker, std::move(process), std::move(page), AgeOf(start_time)};
}

// `pid`, its parent, and so on; without the machine's first process.
std::vector<pid_t> WithAncestors(pid_t pid) {
  std::vector<pid_t> all;
  while (pid > 1 && std::find(all.begin(), all.end(), pid) == all.end()) {
    all.push_back(pid);
    pid = os::ParentPid(pid).value_or(0);
  }
  return all;
}

// The main processes of workers, the leaders of their groups, and those of their ancestors that
// were `told` the notify socket too: the main process may descend from the launched one.
std::set<pid_t> ProcessesOf(const std::vector<pid_t>& mains, const std::set<pid_t>& told) {
  std::set<pid_t> theirs;
  for (const pid_t main : mains) {
    theirs.insert({main, getpgid(main)});
    for (const pid_t pid : WithAncestors(main)) {
      if (told.contains(pid)) theirs.insert(pid);
    }
  }
  return theirs;
}

bool DescendsFrom(pid_t pid, const std::set<pid_t>& some) {
  const std::vector<pid_t> line = WithAncestors(pid);
  return std::any_of(line.begin(), line.end(), [&](pid_t p) { return some.contains(p); });
}

uid_t UserOf(const FleetRecord& record, int64_t number) {
  for (const RecordedGeneration& generation : record.generations) {
    const auto& who = generation.settings.process.credentials;
    if (generation.generation.number == number && who.has_value()) return who->uid;
  }
  return geteuid();
}

}  // namespace

std::vector<FoundProcess> FindProcesses(const FleetRecord& record) {
  std::vector<FoundProcess> left;
  for (const RecordedWorker& worker : record.workers) {
    absl::StatusOr<FoundProcess> found = Find(worker, UserOf(record, worker.generation));
    if (found.ok()) left.push_back(*std::move(found));
  }
  return left;
}

std::optional<FoundFleet> FindFleet(const FleetRecordFile& file,
                                    const fleet_file::FleetSettings& settings,
                                    std::string* trouble) {
  absl::StatusOr<FleetRecord> record = file.Read();
  if (absl::IsNotFound(record.status())) return std::nullopt;
  const auto ignore = [&](absl::string_view why) {
    *trouble = absl::StrCat(file.path(), ": ", why,
                            "; workers of an earlier controller are not taken over");
    return std::nullopt;
  };
  if (!record.ok()) return ignore(record.status().message());
  // The workers of a former boot are gone.
  if (record->boot != os::BootId()) return std::nullopt;
  if (record->settings.file != settings.file || record->settings.name != settings.name) {
    return ignore(
        absl::StrCat("it is of fleet \"", record->settings.name, "\" of ", record->settings.file));
  }
  FoundFleet fleet{*std::move(record), {}};
  fleet.workers = FindProcesses(fleet.record);
  if (fleet.workers.empty()) return std::nullopt;
  return fleet;
}

absl::StatusOr<Releases> RestoreReleases(const FoundFleet& found,
                                         const fleet_file::FleetSettings& now) {
  std::map<GenerationId, Release> kept;
  for (const RecordedGeneration& entry : found.record.generations) {
    std::vector<pid_t> running;
    for (const FoundProcess& worker : found.workers) {
      if (worker.record.generation == entry.generation.number) running.push_back(worker.record.pid);
    }
    Release release{.generation = Generation::Restore(entry.generation, running),
                    .settings = entry.settings,
                    .workers = entry.workers,
                    .taken = entry.taken,
                    .served = entry.served};
    const bool lost = release.generation.not_kept() != entry.generation.not_kept;
    const bool needed = !running.empty() || entry.generation.number == found.record.generation;
    if (lost && !needed) continue;
    for (const std::string& text : entry.listen) {
      ASSIGN_OR_RETURN(const os::SocketAddress address, os::SocketAddress::Parse(text));
      release.listen.push_back(address);
    }
    kept.emplace(GenerationId(entry.generation.number), std::move(release));
  }
  fleet_file::FleetSettings settings = found.record.settings;
  settings.admin = now.admin;
  settings.admin_hosts = now.admin_hosts;
  return Releases(std::move(settings), std::move(kept), GenerationId(found.record.last_generation));
}

void EndStrays(const std::string& notify_socket, const std::vector<pid_t>& known) {
  const std::vector<pid_t> told =
      os::ProcessesWithVariable(absl::StrCat(protocol::kNotifySocket, "=", notify_socket));
  const std::set<pid_t> theirs = ProcessesOf(known, {told.begin(), told.end()});
  for (const pid_t pid : told) {
    const absl::StatusOr<os::Child> process = os::Child::TakeOver(pid);
    if (!process.ok() || getpgid(pid) != pid || DescendsFrom(pid, theirs)) continue;
    if (!process->Ended()) process->KillGroup();
  }
}

}  // namespace rollport::controller
