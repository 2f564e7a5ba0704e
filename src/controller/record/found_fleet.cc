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
#include "controller/process/notify_place.h"
#include "controller/record/former_workers.h"
#include "controller/record/worker_marks.h"
#include "os/errno_status.h"
#include "os/proc.h"
#include "os/unique_fd.h"
#include "protocol/variables.h"
#include "rollout/state.h"

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
                   os::DescriptorsNamed(pid, protocol::MappedPage::kLinkName));
  for (const int number : numbers) {
    const os::UniqueFd fd(
        open(absl::StrCat("/proc/", pid, "/fd/", number).c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid()) continue;
    absl::StatusOr<protocol::MappedPage> page = protocol::MappedPage::Map(fd.get());
    if (page.ok()) return page;
  }
  return protocol::MappedPage::Private();
}

// kNotFound if the worker has ended, even if another process has its pid now; kPermissionDenied if
// the process is not known to be a worker.
absl::StatusOr<FoundProcess> Find(const RecordedWorker& worker, uid_t user, WorkerMarks& marks) {
  ASSIGN_OR_RETURN(os::Child process, os::Child::TakeOver(worker.pid));
  ASSIGN_OR_RETURN(const uint64_t start_time, os::StartTime(worker.pid));
  ASSIGN_OR_RETURN(const uid_t runs_as, os::UserOf(worker.pid));
  absl::StatusOr<protocol::MappedPage> page = PageOf(worker.pid);
  const bool known = page.ok() && marks.Has(worker.pid);
  // Checked last: if the process still runs, all that was read is about the process of the pidfd.
  if (process.Ended() || start_time != worker.start_time || runs_as != user) {
    return absl::NotFoundError(absl::StrCat("process ", worker.pid, " is no worker of ours"));
  }
  if (!known) return absl::PermissionDeniedError(absl::StrCat("process ", worker.pid));
  return FoundProcess{worker, std::move(process), *std::move(page), AgeOf(start_time)};
}

// The main processes of workers, the leaders of their groups, and those of their ancestors that
// were `told` the notify socket too: the main process may descend from the launched one.
std::set<pid_t> ProcessesOf(const std::vector<pid_t>& mains, const std::set<pid_t>& told) {
  std::set<pid_t> theirs;
  for (const pid_t main : mains) {
    theirs.insert({main, getpgid(main)});
    for (const pid_t pid : os::WithAncestors(main)) {
      if (told.contains(pid)) theirs.insert(pid);
    }
  }
  return theirs;
}

bool DescendsFrom(pid_t pid, const std::set<pid_t>& some) {
  const std::vector<pid_t> line = os::WithAncestors(pid);
  return std::any_of(line.begin(), line.end(), [&](pid_t p) { return some.contains(p); });
}

uid_t UserOf(const FleetRecord& record, int64_t number) {
  for (const RecordedGeneration& generation : record.generations) {
    const auto& who = generation.settings.process.credentials;
    if (generation.generation.number == number && who.has_value()) return who->uid;
  }
  return geteuid();
}

// What could be read, and why that is not the last record; empty if it is.
struct Reading {
  absl::StatusOr<FleetRecord> record;
  std::string why;
  bool out_of_date = false;  // see FoundFleet
};

bool IsServed(const FleetRecord& record, int slot) {
  return std::any_of(record.workers.begin(), record.workers.end(), [slot](const auto& worker) {
    return worker.slot == slot && worker.state == rollout::Name(rollout::WorkerState::kServing);
  });
}

// The last record may have said that these serve: to retire them would leave their slots empty. If
// they are not healthy, they are replaced.
void TakeNewestAsServing(FleetRecord* record) {
  for (RecordedWorker& worker : record->workers) {
    const bool proven_soon = worker.state == rollout::Name(rollout::WorkerState::kReady) ||
                             worker.state == rollout::Name(rollout::WorkerState::kHealthy);
    if (!proven_soon || IsServed(*record, worker.slot)) continue;
    worker.state = std::string(rollout::Name(rollout::WorkerState::kServing));
  }
}

Reading ReadRecord(const FleetRecordFile& file) {
  Reading last{.record = file.Read()};
  if (last.record.ok()) return last;
  Reading former{.record = file.ReadFormer()};
  const bool none = absl::IsNotFound(last.record.status());
  if (none && !former.record.ok()) {
    former.why = absl::StrCat(file.former_path(), ": ", former.record.status().message());
    return former;
  }
  last.why = absl::StrCat(file.path(), ": ", last.record.status().message());
  if (!former.record.ok()) return last;
  TakeNewestAsServing(&*former.record);
  former.out_of_date = none;
  former.why =
      none ? absl::StrCat(file.path(), " could not be written by the controller that died; ",
                          file.former_path(), " is used, which is older")
           : absl::StrCat(last.why, "; ", file.former_path(), ", the record before it, is used");
  return former;
}

}  // namespace

std::vector<FoundProcess> FindProcesses(const FleetRecord& record,
                                        std::vector<RecordedWorker>* strangers) {
  std::vector<FoundProcess> left;
  WorkerMarks marks(record);
  for (const RecordedWorker& worker : record.workers) {
    absl::StatusOr<FoundProcess> found = Find(worker, UserOf(record, worker.generation), marks);
    if (absl::IsPermissionDenied(found.status())) strangers->push_back(worker);
    if (found.ok()) left.push_back(*std::move(found));
  }
  return left;
}

Search FindFleet(const FleetRecordFile& file, const fleet_file::FleetSettings& settings) {
  Search search;
  Reading read = ReadRecord(file);
  if (absl::IsNotFound(read.record.status())) return search;
  std::string notify_socket = NotifyFile(settings.state_dir);
  std::vector<pid_t> known;
  if (read.record.ok()) {
    const FleetRecord& record = *read.record;
    // The workers of a former boot are gone.
    if (record.boot != os::BootId()) return search;
    notify_socket = record.notify_socket;
    if (record.settings.file == settings.file && record.settings.name == settings.name) {
      std::vector<FoundProcess> workers = FindProcesses(record, &search.strangers);
      for (const FoundProcess& worker : workers) known.push_back(worker.process.pid());
      if (!workers.empty()) {
        search.fleet.emplace(FoundFleet{record, std::move(workers), read.out_of_date});
      }
    } else {
      read.why = absl::StrCat(file.path(), ": it is of fleet \"", record.settings.name, "\" of ",
                              record.settings.file);
    }
  }
  search.trouble = std::move(read.why);
  // What the record before the last one does not name was launched since, and has had no share.
  if (search.trouble.empty() || (search.fleet.has_value() && !read.out_of_date)) return search;
  absl::StrAppend(
      &search.trouble, "; ",
      AdviceOn(FormerWorkers(settings, notify_socket, known), settings.worker.stop_signal));
  return search;
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
