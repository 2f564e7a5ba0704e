// The generations that a fleet keeps, and what its fleet file said when the newest one was taken.
#ifndef ROLLPORT_CONTROLLER_PROCESS_RELEASES_H_
#define ROLLPORT_CONTROLLER_PROCESS_RELEASES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/strong_int.h"
#include "controller/process/generation.h"
#include "fleet_file/fleet_file_id.h"
#include "fleet_file/fleet_settings.h"
#include "os/address.h"

namespace rollport::controller {

// A generation with the settings that its workers are started with.
struct Release {
  Generation generation;
  fleet_file::WorkerSettings settings;
  std::vector<os::SocketAddress> listen;
  int workers = 1;  // as the fleet file said when it was taken
  absl::Time taken;
  bool served = false;  // the whole fleet has run it
};

class Releases {
 public:
  // For a fleet that starts afresh: takes generation 1 from `settings`. Errors name the file or the
  // address that is wrong.
  static absl::StatusOr<Releases> TakeFirst(fleet_file::FleetSettings settings);
  // For a fleet that was found. `last` is the highest number that was ever given to a generation.
  Releases(fleet_file::FleetSettings settings, std::map<GenerationId, Release> kept,
           GenerationId last);

  const fleet_file::FleetSettings& settings() const { return settings_; }
  // The fleet file, as it was when settings() were read from it.
  const fleet_file::FleetFileId& file() const { return file_; }
  const std::map<GenerationId, Release>& kept() const { return kept_; }
  GenerationId last() const { return last_; }
  // REQUIRES: the generation is kept.
  const Release& at(GenerationId id) const { return kept_.at(id); }

  // Reads the fleet file again. kInvalidArgument if it is wrong, or if a key has changed that takes
  // effect only when the fleet is stopped and run again.
  absl::StatusOr<fleet_file::FleetSettings> Reread() const;
  // Takes the executable's bytes for the next generation. It is not kept before Keep(). Errors are
  // those of TakeFirst, with code kInvalidArgument.
  absl::StatusOr<Release> TakeNext(const fleet_file::FleetSettings& settings,
                                   const std::vector<std::string>& command) const;
  // Keeps what TakeNext has returned. `settings` are the fleet's from now on.
  void Keep(Release release, fleet_file::FleetSettings settings);

  // The generation that `undo` goes back to: `to`, or without it the newest one before `current`
  // that the whole fleet has run. kFailedPrecondition if `to` is not kept, or there is none
  // to go back to.
  absl::StatusOr<GenerationId> UndoTarget(std::optional<int64_t> to, GenerationId current) const;
  // No generation listens on `address` any more. False if one is left without any address.
  bool DropAddress(const os::SocketAddress& address);
  // REQUIRES: the generation is kept.
  void NoteServed(GenerationId id) { kept_.at(id).served = true; }
  // Forgets the oldest beyond keep_generations of those that the whole fleet has run, and of those
  // that it has not run, because their roll failed, all but the newest generation; but none of
  // `used`.
  void ForgetOld(const std::set<GenerationId>& used);

 private:
  fleet_file::FleetSettings settings_;
  fleet_file::FleetFileId file_;
  std::map<GenerationId, Release> kept_;
  GenerationId last_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_RELEASES_H_
