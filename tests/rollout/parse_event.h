// The way back from rollout/trace.h: an event from its text.
#ifndef ROLLPORT_TESTS_ROLLOUT_PARSE_EVENT_H_
#define ROLLPORT_TESTS_ROLLOUT_PARSE_EVENT_H_

#include <optional>
#include <string>

#include "rollout/event.h"

namespace rollport::rollout {

// The event that ToString() writes exactly like this; nullopt if there is none.
std::optional<Event> ParseEvent(const std::string& text);

}  // namespace rollport::rollout

#endif  // ROLLPORT_TESTS_ROLLOUT_PARSE_EVENT_H_
