#include "controller/process/releases.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "fleet_file/fleet_file.h"

namespace rollport::controller {
namespace {

absl::StatusOr<Release> Take(GenerationId id, const fleet_file::FleetSettings& settings,
                             const std::vector<std::string>& command) {
  ASSIGN_OR_RETURN(Generation generation,
                   Generation::Take(id, command, settings.worker.env, settings.directory));
  Release release{.generation = std::move(generation),
                  .settings = settings.worker,
                  .workers = settings.workers,
                  .taken = absl::Now()};
  for (const std::string& text : settings.listen) {
    ASSIGN_OR_RETURN(const os::SocketAddress address, os::SocketAddress::Parse(text));
    release.listen.push_back(address);
  }
  return release;
}

uid_t OwnerOf(const fleet_file::FleetSettings& settings) {
  const auto& who = settings.worker.process.credentials;
  return who.has_value() ? who->uid : geteuid();
}

}  // namespace

absl::StatusOr<Releases> Releases::TakeFirst(fleet_file::FleetSettings settings) {
  const GenerationId first(1);
  ASSIGN_OR_RETURN(Release release, Take(first, settings, settings.worker.command));
  std::map<GenerationId, Release> kept;
  kept.emplace(first, std::move(release));
  return Releases(std::move(settings), std::move(kept), first);
}

Releases::Releases(fleet_file::FleetSettings settings, std::map<GenerationId, Release> kept,
                   GenerationId last)
    : settings_(std::move(settings)),
      file_(fleet_file::FleetFileIdOf(settings_.file)),
      kept_(std::move(kept)),
      last_(last) {}

absl::StatusOr<fleet_file::FleetSettings> Releases::Reread() const {
  ASSIGN_OR_RETURN(fleet_file::FleetSettings fresh, fleet_file::LoadFleetFile(settings_.file));
  const auto fixed = [this](const char* what) {
    return absl::InvalidArgumentError(
        absl::StrCat(settings_.file, ": ", what,
                     " has changed; that takes effect when the fleet is stopped and run again"));
  };
  if (fresh.name != settings_.name) return fixed("name");
  if (fresh.state_dir != settings_.state_dir) return fixed("state_dir");
  if (fresh.admin != settings_.admin) return fixed("admin");
  // The new user's listeners could not share the ports with the former one's.
  if (OwnerOf(fresh) != OwnerOf(settings_)) return fixed("user");
  return fresh;
}

absl::StatusOr<Release> Releases::TakeNext(const fleet_file::FleetSettings& settings,
                                           const std::vector<std::string>& command) const {
  absl::StatusOr<Release> release = Take(GenerationId(last_.value() + 1), settings, command);
  if (!release.ok()) return absl::InvalidArgumentError(release.status().message());
  return release;
}

void Releases::Keep(Release release, fleet_file::FleetSettings settings) {
  last_ = release.generation.id();
  settings_ = std::move(settings);
  file_ = fleet_file::FleetFileIdOf(settings_.file);
  kept_.emplace(last_, std::move(release));
}

absl::StatusOr<GenerationId> Releases::UndoTarget(std::optional<int64_t> to,
                                                  GenerationId current) const {
  if (to.has_value()) {
    const GenerationId target(*to);
    if (kept_.contains(target)) return target;
    std::vector<int64_t> numbers;
    for (const auto& [id, release] : kept_) numbers.push_back(id.value());
    return absl::FailedPreconditionError(
        absl::StrCat("generation ", *to, " is not kept; kept are ", absl::StrJoin(numbers, ", ")));
  }
  for (auto it = kept_.rbegin(); it != kept_.rend(); ++it) {
    if (it->first < current && it->second.served) return it->first;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("there is no generation before ", current.value(), " to go back to"));
}

bool Releases::DropAddress(const os::SocketAddress& address) {
  bool all_listen = true;
  for (auto& [id, release] : kept_) {
    std::erase(release.listen, address);
    all_listen = all_listen && !release.listen.empty();
  }
  return all_listen;
}

void Releases::ForgetOld(const std::set<GenerationId>& used) {
  auto too_many = std::count_if(kept_.begin(), kept_.end(),
                                [](const auto& entry) { return entry.second.served; }) -
                  settings_.roll.keep_generations;
  for (auto it = kept_.begin(); it != kept_.end();) {
    const bool served = it->second.served;
    const bool wanted = used.contains(it->first) || (served ? too_many <= 0 : it->first == last_);
    if (served && !wanted) --too_many;
    it = wanted ? std::next(it) : kept_.erase(it);
  }
}

}  // namespace rollport::controller
