// How rolls ended: how many with each outcome, and the last one in full.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_ROLL_METERS_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_ROLL_METERS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "api/fleet_control.h"
#include "exposition/families.h"

namespace rollport::controller {

class RollMeters {
 public:
  // A roll was refused before it began.
  void NoteRefusal() { ++counts_["refused"]; }
  // A roll got its verdict. REQUIRES: `roll` has it.
  void NoteVerdict(const api::RollRecord& roll, absl::Time at);

  void ShowCounts(exposition::Families* out) const;
  // Zeros if no roll has a verdict yet.
  void ShowLast(exposition::Families* out) const;

 private:
  std::map<std::string, uint64_t> counts_ = {
      {"rolled", 0}, {"reverted", 0}, {"aborted", 0}, {"failed", 0}, {"refused", 0}};
  api::RollRecord last_{.verdict = api::Verdict()};  // without its phases
  absl::Time last_ended_ = absl::UnixEpoch();
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_ROLL_METERS_H_
