#include "load/outcome.h"

namespace rollport::load {
namespace {

constexpr std::array<std::string_view, kOutcomes> kOutcomeNames = {
    "ok",        "refused",      "unreachable",  "connect_timeout",
    "reset",     "reset_midway", "closed",       "crossed_close",
    "cut",       "late",         "wrong_status", "wrong_body",
    "malformed", "local_error",  "unfinished"};
constexpr std::array<std::string_view, kClientKinds> kClientKindNames = {
    "connection_per_request", "keep_alive", "busy", "idle", "slow_reader", "slow_writer", "post"};

template <typename Enum, size_t kCount>
std::array<Enum, kCount> AllOf() {
  std::array<Enum, kCount> all;
  for (size_t i = 0; i < kCount; ++i) all[i] = static_cast<Enum>(i);
  return all;
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  return kOutcomeNames[static_cast<size_t>(outcome)];
}
std::string_view ClientKindName(ClientKind kind) {
  return kClientKindNames[static_cast<size_t>(kind)];
}
std::array<Outcome, kOutcomes> AllOutcomes() { return AllOf<Outcome, kOutcomes>(); }
std::array<ClientKind, kClientKinds> AllClientKinds() { return AllOf<ClientKind, kClientKinds>(); }

}  // namespace rollport::load
