// What a run has found, as JSON and as a text for people.
#ifndef ROLLPORT_LOAD_REPORT_H_
#define ROLLPORT_LOAD_REPORT_H_

#include <string>

#include "absl/time/time.h"
#include "load/plan.h"
#include "load/tally.h"

namespace rollport::load {

struct RunFacts {
  absl::Time wall_start;
  absl::Duration elapsed;
  uint64_t never_begun = 0;  // Run::never_begun
};

// The exit status of rollport-load.
enum class Verdict {
  kClean = 0,    // requests were made and nothing was lost
  kLost = 1,     // a request was lost, or bytes came without a request
  kUnknown = 3,  // none was lost, but the generator itself was in trouble, or made no request
};
Verdict JudgeRun(const Tally& tally);

// One JSON object; every outcome is named, even if its count is 0. Times are seconds, those of
// losses and of the series since "start_unix"; latencies are milliseconds.
std::string JsonReport(const Plan& plan, const RunFacts& facts, const Tally& tally);
// About twenty lines.
std::string TextReport(const Plan& plan, const RunFacts& facts, const Tally& tally);
// One line about a run under way.
std::string ProgressLine(absl::Duration elapsed, const Tally& tally);

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_REPORT_H_
