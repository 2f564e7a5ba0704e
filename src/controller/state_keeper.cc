#include "controller/state_keeper.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollport::controller {

absl::StatusOr<std::unique_ptr<StateKeeper>> StateKeeper::Start(os::EventLoop& loop, StateDir& dir,
                                                                api::FleetControl& fleet,
                                                                Others others,
                                                                absl::Duration pause) {
  std::unique_ptr<StateKeeper> keeper(new StateKeeper(loop, dir, fleet, std::move(others), pause));
  RETURN_IF_ERROR(keeper->Serve());
  keeper->look_.After(pause);
  return keeper;
}

StateKeeper::StateKeeper(os::EventLoop& loop, StateDir& dir, api::FleetControl& fleet,
                         Others others, absl::Duration pause)
    : loop_(loop),
      dir_(dir),
      fleet_(fleet),
      others_(std::move(others)),
      pause_(pause),
      look_(loop, [this] { Look(); }) {}

absl::Status StateKeeper::Serve() {
  ASSIGN_OR_RETURN(os::UniqueFd listener, dir_.ListenControl());
  ASSIGN_OR_RETURN(std::unique_ptr<ControlApi> api,
                   ControlApi::Start(loop_, std::move(listener), fleet_));
  if (api_ != nullptr) former_.push_back(std::move(api_));
  api_ = std::move(api);
  return absl::OkStatus();
}

absl::Status StateKeeper::Restore() {
  RETURN_IF_ERROR(dir_.Restore());
  RETURN_IF_ERROR(others_.restore());
  return Serve();
}

void StateKeeper::Look() {
  look_.After(pause_);
  std::erase_if(former_, [](const auto& api) { return api->connections() == 0; });
  if (dir_.Intact() && others_.intact()) return;
  if (const absl::Status status = Restore(); status.ok()) {
    told_.clear();
    Tell(api::event_kind::kStateDirRestored,
         absl::StrCat(dir_.path(), " had been removed, and is made again"));
  } else if (told_ != status.message()) {
    told_ = std::string(status.message());
    Tell(api::event_kind::kStateDirLost,
         absl::StrCat(dir_.path(),
                      " has been removed, so no command reaches this "
                      "controller (SIGHUP rolls, SIGTERM stops): ",
                      told_));
  }
}

void StateKeeper::Tell(const char* kind, std::string message) {
  fleet_.events().Append(
      api::FleetEvent{.at = absl::Now(), .kind = kind, .message = std::move(message)});
}

}  // namespace rollport::controller
