#include "controller/record/recorder.h"

#include <unistd.h>

#include <utility>

#include "os/proc.h"

namespace rollport::controller {
namespace {

// To write it takes a microsecond or two for each worker. So this takes some hundredths of the
// time.
constexpr absl::Duration kApartForEachWorker = absl::Microseconds(50);
constexpr absl::Duration kAgainAfter = absl::Seconds(1);
constexpr absl::Duration kToldAgainAfter = absl::Minutes(10);

RecordedGeneration Recorded(const Release& release) {
  RecordedGeneration entry{.generation = release.generation.Memo(),
                           .settings = release.settings,
                           .workers = release.workers,
                           .taken = release.taken,
                           .served = release.served};
  for (const os::SocketAddress& address : release.listen)
    entry.listen.push_back(address.ToString());
  return entry;
}

RecordedWorker Recorded(const WorkerProcess& process, const rollout::Worker& worker) {
  return {.pid = process.pid(),
          .start_time = process.start_time(),
          .slot = static_cast<int>(process.slot().value()),
          .generation = process.generation().value(),
          .state = std::string(rollout::Name(worker.state)),
          .deadline_nanos = worker.deadline.nanos()};
}

RecordedRoll Recorded(const rollout::Roll& roll, std::string kind) {
  RecordedRoll entry{.kind = std::move(kind)};
  if (!roll.reverting.has_value()) return entry;
  entry.outcome = std::string(rollout::Name(*roll.reverting));
  entry.reason = roll.reason;
  return entry;
}

}  // namespace

Recorder::Recorder(os::EventLoop& loop, const std::string& state_dir, Sources sources,
                   std::function<void(const std::string&)> on_trouble)
    : loop_(loop),
      from_(std::move(sources)),
      on_trouble_(std::move(on_trouble)),
      boot_(os::BootId()),
      file_(state_dir),
      soon_(loop),
      next_(loop, [this] { Write(); }),
      again_(loop, [this] { Write(); }) {}

FleetRecord Recorder::Make() const {
  const rollout::Fleet& fleet = from_.plan.view();
  FleetRecord record{.boot = boot_,
                     .controller = getpid(),
                     .notify_socket = from_.notify_socket,
                     .settings = from_.releases.settings(),
                     .generation = fleet.generation.value(),
                     .last_generation = from_.releases.last().value(),
                     .last_roll = from_.last_roll(),
                     .slots = fleet.open_slots()};
  if (fleet.roll.has_value()) {
    record.slots = fleet.roll->workers_before;
    if (fleet.roll->kind == rollout::RollKind::kRoll) {
      record.rolling_to = fleet.roll->to.value();
      record.roll = Recorded(*fleet.roll, from_.roll_kind());
    }
  }
  for (const auto& [id, release] : from_.releases.kept()) {
    record.generations.push_back(Recorded(release));
  }
  for (const auto& [id, process] : from_.workers.all()) {
    const auto worker = fleet.workers.find(id);
    if (worker != fleet.workers.end()) record.workers.push_back(Recorded(*process, worker->second));
  }
  record.programs = from_.programs();
  return record;
}

void Recorder::Write() {
  soon_.Cancel();
  next_.Cancel();
  written_ = loop_.Now();
  const absl::Status status = file_.Write(Make());
  if (!status.ok()) again_.After(kAgainAfter);
  const bool news = status.message() != trouble_;
  if (!news && (status.ok() || loop_.Now() < told_ + kToldAgainAfter)) return;
  told_ = loop_.Now();
  trouble_ = std::string(status.message());
  on_trouble_(trouble_);
}

void Recorder::WriteSoon() {
  if (soon_.pending() || next_.armed()) return;
  const Instant due = written_ + std::ssize(from_.workers.all()) * kApartForEachWorker;
  if (due > loop_.Now()) return next_.At(due);
  soon_.Call([this] { Write(); });
}

}  // namespace rollport::controller
