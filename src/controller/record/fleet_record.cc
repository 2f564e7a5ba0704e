#include "controller/record/fleet_record.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/record/fleet_record_fields.h"
#include "json/fields.h"
#include "os/address.h"
#include "os/errno_status.h"
#include "os/file.h"
#include "os/unique_fd.h"
#include "rollout/state.h"

namespace rollport::controller {
namespace {

using Json = record::RecordFormat::Json;
using Reader = json::Reader<record::RecordFormat>;

// We never write a link there.
constexpr os::ReadOptions kOurOwn = {.no_link = true};

bool IsCount(int n) { return n >= 1 && n <= fleet_file::kMaxMembers; }

bool MakesSense(const RecordedGeneration& generation) {
  const auto& settings = generation.settings;
  return generation.generation.number >= 1 && !generation.generation.command.empty() &&
         !settings.command.empty() && settings.stop_signal > 0 && settings.stop_signal <= 64 &&
         IsCount(generation.workers) && !generation.listen.empty() &&
         std::all_of(generation.listen.begin(), generation.listen.end(),
                     [](const auto& text) { return os::SocketAddress::Parse(text).ok(); });
}

// False for a record that would make this controller break its promises, or signal a process that
// is not a worker.
bool MakesSense(const FleetRecord& record) {
  const auto knows = [&](int64_t number) {
    return std::any_of(record.generations.begin(), record.generations.end(),
                       [&](const auto& g) { return g.generation.number == number; });
  };
  const fleet_file::RollSettings& roll = record.settings.roll;
  const fleet_file::HealthSettings& health = record.settings.health;
  return IsCount(record.slots) && IsCount(record.settings.workers) && knows(record.generation) &&
         roll.surge >= 1 && roll.keep_generations >= 1 && health.healthy_after >= 1 &&
         health.unhealthy_after >= 1 && health.interval > absl::ZeroDuration() &&
         health.timeout > absl::ZeroDuration() && roll.drain_timeout >= absl::ZeroDuration() &&
         roll.handshake_timeout >= absl::ZeroDuration() && !record.notify_socket.empty() &&
         std::all_of(record.generations.begin(), record.generations.end(),
                     [&](const auto& g) {
                       return MakesSense(g) && g.generation.number <= record.last_generation;
                     }) &&
         std::all_of(record.programs.begin(), record.programs.end(),
                     [](const auto& p) { return p.members >= 0; }) &&
         std::all_of(record.workers.begin(), record.workers.end(), [&](const auto& w) {
           return w.pid > 1 && w.slot >= 0 && w.slot < fleet_file::kMaxMembers &&
                  knows(w.generation) && rollout::StateNamed(w.state).has_value();
         });
}

absl::Status WriteAll(const std::string& path, const std::string& text) {
  const os::UniqueFd fd(
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return os::ErrnoStatus(errno, absl::StrCat("open ", path));
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = write(fd.get(), text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) return os::ErrnoStatus(errno, absl::StrCat("write ", path));
    if (n > 0) done += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::string Fresh(const std::string& path) { return absl::StrCat(path, ".new"); }

}  // namespace

std::string ToJson(const FleetRecord& record) { return RecordText().Of(record); }

absl::StatusOr<FleetRecord> ParseFleetRecord(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("version") != record::kVersion) {
      return absl::InvalidArgumentError("it is of another version of rollport");
    }
    FleetRecord record;
    Reader::Decode(json, &record);
    if (!MakesSense(record)) return absl::InvalidArgumentError("what it says makes no sense");
    return record;
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

FleetRecordFile::FleetRecordFile(const std::string& state_dir)
    : path_(absl::StrCat(state_dir, "/fleet.state")) {}

FleetRecordFile::~FleetRecordFile() {
  // Not the file of a controller that started after our folder had been removed.
  const auto last = os::ReadFile(path_, kOurOwn);
  const bool ours = out_of_date_ && absl::IsNotFound(last.status());
  if (!ours && (written_.empty() || last.value_or("") != written_)) return;
  unlink(path_.c_str());
  unlink(Fresh(path_).c_str());
  unlink(former_path().c_str());
}

absl::StatusOr<FleetRecord> FleetRecordFile::Read() const {
  const absl::StatusOr<std::string> text = os::ReadFile(path_, kOurOwn);
  if (!text.ok()) return os::WithoutPath(text.status(), path_);
  return ParseFleetRecord(*text);
}

absl::StatusOr<FleetRecord> FleetRecordFile::ReadFormer() const {
  const absl::StatusOr<std::string> text = os::ReadFile(former_path(), kOurOwn);
  if (!text.ok()) return os::WithoutPath(text.status(), former_path());
  return ParseFleetRecord(*text);
}

absl::Status FleetRecordFile::Write(FleetRecord record) {
  std::string text = text_.Of(std::move(record));
  // The whole folder may have been removed, and made again (StateKeeper).
  if (text == written_ && Exists(path_)) return absl::OkStatus();
  absl::Status status = Replace(text);
  // The former record may take just the room that is missing.
  const bool again = !status.ok() && Exists(path_) && unlink(former_path().c_str()) == 0;
  if (again) status = Replace(text);
  out_of_date_ = !status.ok();
  if (out_of_date_) {
    // Needs no room. If it fails too, nobody can be told in this way.
    (void)rename(path_.c_str(), former_path().c_str());
    return status;
  }
  written_ = std::move(text);
  return absl::OkStatus();
}

absl::Status FleetRecordFile::Replace(const std::string& text) {
  const std::string fresh = Fresh(path_);
  if (absl::Status status = WriteAll(fresh, text); !status.ok()) {
    unlink(fresh.c_str());
    return status;
  }
  const bool kept = Exists(path_);
  if (kept) {
    unlink(former_path().c_str());
    // Where the file system has no links, there is no former record.
    (void)link(path_.c_str(), former_path().c_str());
  }
  if (rename(fresh.c_str(), path_.c_str()) != 0) {
    return os::ErrnoStatus(errno, absl::StrCat("rename to ", path_));
  }
  // What could be written before a failure is not the record before this one.
  if (!kept) unlink(former_path().c_str());
  return absl::OkStatus();
}

}  // namespace rollport::controller
