#include "fleet_file/fleet_file_roll.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "fleet_file/canary.h"

namespace rollport::fleet_file {
namespace {

constexpr int kMaxKept = 1000;

// One step of `canary`: { share = PER CENT, for = DURATION }. Without `for` it lasts until
// `rollport resume`.
std::optional<CanaryStep> ReadCanaryStep(TomlTable step, double former) {
  CanaryStep out{.hold = absl::InfiniteDuration()};
  const toml::node* share = step.Node("share");
  const auto per_cent = share == nullptr ? std::optional<double>() : share->value<double>();
  bool good = false;
  if (share == nullptr) {
    step.Missing("share");
  } else if (!share->is_number() || !IsCanaryShare(*per_cent, former)) {
    step.Wrong(TomlTable::Line(*share), "share",
               absl::StrCat("expected a number above ", former, " and below 100"));
  } else {
    out.per_cent = *per_cent;
    good = true;
  }
  step.Duration("for", absl::ZeroDuration(), &out.hold);
  step.RefuseOthers();
  return good ? std::make_optional(out) : std::nullopt;
}

void ReadCanary(TomlTable& roll, Mistakes& mistakes, std::vector<CanaryStep>* out) {
  const toml::node* node = roll.Node("canary");
  if (node == nullptr) return;
  if (!node->is_array()) {
    return roll.Wrong(TomlTable::Line(*node), "canary",
                      TomlTable::Expected("a list of steps", *node));
  }
  for (const toml::node& step : *node->as_array()) {
    if (!step.is_table()) {
      return roll.Wrong(TomlTable::Line(step), "canary",
                        TomlTable::Expected("{ share = PER CENT, for = \"1m\" }", step));
    }
    const double former = out->empty() ? 0 : out->back().per_cent;
    const auto read = ReadCanaryStep({*step.as_table(), "canary", mistakes}, former);
    if (read.has_value()) out->push_back(*read);
  }
}

// When a canary counts as worse: see RollSettings.
void ReadCanaryLimits(TomlTable& roll, RollSettings* out) {
  roll.Int("canary_min_requests", 1, 1'000'000'000, &out->canary_min_requests);
  roll.Number("canary_errors", 0, 100, &out->canary_errors);
  roll.Number("canary_latency", 1, 1000, &out->canary_latency);
}

}  // namespace

void ReadRoll(TomlTable roll, Mistakes& mistakes, RollSettings* out) {
  roll.Int("surge", 1, kMaxMembers, &out->surge);
  roll.Duration("min_healthy_time", absl::ZeroDuration(), &out->min_healthy_time);
  absl::Duration watch;
  if (roll.Duration("watch", absl::ZeroDuration(), &watch) != 0) out->watch = watch;
  const uint32_t line =
      roll.Duration("healthy_deadline", absl::Milliseconds(1), &out->healthy_deadline);
  roll.Duration("handshake_timeout", absl::ZeroDuration(), &out->handshake_timeout);
  roll.Duration("drain_timeout", absl::ZeroDuration(), &out->drain_timeout);
  roll.Bool("auto_revert", &out->auto_revert);
  ReadCanary(roll, mistakes, &out->canary);
  ReadCanaryLimits(roll, out);
  roll.Int("keep_generations", 1, kMaxKept, &out->keep_generations);
  roll.RefuseOthers();
  if (mistakes.empty() && out->healthy_deadline <= out->min_healthy_time) {
    roll.Wrong(line != 0 ? line : roll.line(), "healthy_deadline",
               absl::StrCat(absl::FormatDuration(out->healthy_deadline),
                            " is not longer than min_healthy_time, ",
                            absl::FormatDuration(out->min_healthy_time),
                            ": no worker could be healthy in time"));
  }
}

}  // namespace rollport::fleet_file
