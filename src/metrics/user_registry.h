// The worker's side of what user code counts: fills in the series of its page.
#ifndef ROLLPORT_METRICS_USER_REGISTRY_H_
#define ROLLPORT_METRICS_USER_REGISTRY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "protocol/mapped_page.h"

namespace rollport::metrics {

struct UserDefinition {
  protocol::UserSeries::Type type = protocol::UserSeries::kCounter;
  std::string name;
  std::string help;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<double> bounds;  // of a histogram
};

// OK, or the rule of include/rollport/metrics.h that is broken: "metric "a b": …".
absl::Status CheckDefinition(const UserDefinition& definition);

// The series of `definition` in `page`, created if it is not there yet; valid as long as `page`.
// Errors: kInvalidArgument if it breaks a rule or disagrees with a series of the same name;
// kResourceExhausted if there is no room. REQUIRES: page.user() is not null.
absl::StatusOr<protocol::UserSeries*> Register(protocol::MappedPage& page,
                                               const UserDefinition& definition);

}  // namespace rollport::metrics

#endif  // ROLLPORT_METRICS_USER_REGISTRY_H_
