// What the controller does when it looks at the groups.
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "controller/controller.h"

namespace rollport::controller {

void Controller::FollowGroups() {
  if (!look_.pending()) look_.Call([this] { LookAtGroups(); });
}

void Controller::LookAtGroups() {
  look_.Cancel();
  // If the kernel's table cannot be read, the next look reads it.
  (void)traffic_.steerer().Refresh();
  NoteSteering();
  NoteForeigners();
  for (rollout::Event& event : traffic_.membership().News(runner_.fleet())) {
    if (const auto* left = std::get_if<rollout::ListenersLeft>(&event)) {
      traffic_.StopProbing(left->worker);
    }
    runner_.Post(std::move(event));
  }
}

// Appends one event when the kernel's hash begins to spread the connections, and one when a program
// steers them again.
void Controller::NoteSteering() {
  const std::optional<std::string> trouble = traffic_.membership().NewTrouble(runner_.fleet());
  if (!trouble.has_value()) return;
  if (trouble->empty()) {
    return accounts_.chronicle().Tell(api::event_kind::kSteeringRestored,
                                      "connections are steered by program again");
  }
  accounts_.chronicle().Tell(
      api::event_kind::kSteeringLost,
      absl::StrCat("connections are spread by the kernel's hash, and a retirement "
                   "may lose some: ",
                   *trouble));
}

void Controller::NoteForeigners() {
  for (const std::string& found : traffic_.membership().NewForeigners()) {
    accounts_.chronicle().Tell(
        api::event_kind::kForeignListenerFound,
        absl::StrCat(found, ": it is not the fleet's, and may be given its connections"));
  }
}

}  // namespace rollport::controller
