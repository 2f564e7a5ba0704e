#include "worker/connection_state.h"

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::worker {

using enum ConnectionState;

// Rows in the order of kConnectionStates, columns in the order of kConnectionEvents.
// clang-format off
const ConnectionState kStateAfter[kConnectionStates.size()][kConnectionEvents.size()] = {
  //                 head        request     refused  close        answered FIN      sent        sent after FIN ended       gone
  /* fresh       */ {kReceiving, kNever,     kEnding, kNever,      kNever,  kEnding, kNever,     kNever,        kNever,     kClosed},
  /* idle        */ {kReceiving, kNever,     kEnding, kNever,      kNever,  kEnding, kNever,     kNever,        kLingering, kClosed},
  /* receiving   */ {kNever,     kAnswering, kEnding, kNever,      kNever,  kEnding, kNever,     kNever,        kNever,     kClosed},
  /* answering   */ {kNever,     kNever,     kNever,  kLastAnswer, kIdle,   kNever,  kNever,     kNever,        kNever,     kClosed},
  /* last answer */ {kNever,     kNever,     kNever,  kNever,      kEnding, kNever,  kNever,     kNever,        kNever,     kClosed},
  /* ending      */ {kNever,     kNever,     kNever,  kNever,      kNever,  kNever,  kLingering, kClosed,       kNever,     kClosed},
  /* lingering   */ {kNever,     kNever,     kNever,  kNever,      kNever,  kNever,  kNever,     kNever,        kNever,     kClosed},
  /* closed      */ {kNever,     kNever,     kNever,  kNever,      kNever,  kNever,  kNever,     kNever,        kNever,     kNever},
};
// clang-format on

std::string_view Name(ConnectionState state) {
  switch (state) {
    case kFresh:
      return "fresh";
    case kIdle:
      return "idle";
    case kReceiving:
      return "receiving";
    case kAnswering:
      return "answering";
    case kLastAnswer:
      return "last answer";
    case kEnding:
      return "ending";
    case kLingering:
      return "lingering";
    case kClosed:
      return "closed";
  }
  return "?";
}

std::string_view Name(ConnectionEvent event) {
  switch (event) {
    case ConnectionEvent::kHead:
      return "head";
    case ConnectionEvent::kRequest:
      return "request";
    case ConnectionEvent::kRefused:
      return "refused";
    case ConnectionEvent::kClose:
      return "close";
    case ConnectionEvent::kAnswered:
      return "answered";
    case ConnectionEvent::kFin:
      return "FIN";
    case ConnectionEvent::kSent:
      return "sent";
    case ConnectionEvent::kSentAfterFin:
      return "sent after FIN";
    case ConnectionEvent::kEnded:
      return "ended";
    case ConnectionEvent::kGone:
      return "gone";
  }
  return "?";
}

std::string ConnectionTable() {
  std::string out = "| state |";
  for (const ConnectionEvent e : kConnectionEvents)
    absl::StrAppend(&out, " ", ToAbsl(Name(e)), " |");
  absl::StrAppend(&out, "\n|---|");
  for (size_t i = 0; i < kConnectionEvents.size(); ++i) absl::StrAppend(&out, "---|");
  for (const ConnectionState state : kConnectionStates) {
    absl::StrAppend(&out, "\n| ", ToAbsl(Name(state)), " |");
    for (const ConnectionEvent event : kConnectionEvents) {
      const auto next = StateAfter(state, event);
      absl::StrAppend(&out, " ", next ? ToAbsl(Name(*next)) : "-", " |");
    }
  }
  absl::StrAppend(&out, "\n");
  return out;
}

}  // namespace rollport::worker
