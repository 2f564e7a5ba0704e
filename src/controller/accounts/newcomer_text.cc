#include "controller/accounts/newcomer_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "fleet_file/output_path.h"

namespace rollport::controller {

std::string NotReadyText(fleet_file::Ready ready) {
  return ready == fleet_file::Ready::kNotify
             ? "no READY=1; if this program cannot say it, set ready = \"listening\""
             : "it does not listen on every address of the fleet";
}

std::string ProbesText(const ProbeRecord& probes) {
  const std::string waiting =
      absl::StrCat(" has had no answer for ", absl::FormatDuration(probes.waiting));
  const bool waits = probes.waiting > absl::ZeroDuration();
  if (probes.ended == 0)
    return waits ? "its first probe" + waiting : "no probe of it has ended yet";
  if (probes.failed == 0) {
    return absl::StrCat(probes.ended,
                        " good and no failed probes, but healthy_after and min_healthy_time need "
                        "more time than healthy_deadline has left",
                        waits ? "; the probe under way" + waiting : "");
  }
  if (probes.ended == 1) return absl::StrCat("its only probe failed: ", probes.last_failure);
  const std::string count = probes.failed == probes.ended
                                ? absl::StrCat("all ", probes.ended)
                                : absl::StrCat(probes.failed, " of ", probes.ended);
  return absl::StrCat(count, " probes failed, the last ", probes.last_failed ? "" : "of these ",
                      "with: ", probes.last_failure);
}

std::string LastLinesText(const std::optional<std::vector<std::string>>& lines,
                          const fleet_file::WorkerSettings& settings, SlotId slot,
                          GenerationId generation) {
  if (lines.has_value() && !lines->empty()) {
    return absl::StrCat("; its last lines: ", absl::StrJoin(*lines, " | "));
  }
  for (const fleet_file::Output* output : {&settings.err, &settings.out}) {
    if (output->kind != fleet_file::Output::Kind::kFile) continue;
    const auto path = fleet_file::OutputPath(output->path, slot, generation);
    if (path.ok()) return absl::StrCat("; its output is in ", *path);
  }
  const bool all_read = settings.out.kind == fleet_file::Output::Kind::kLog &&
                        settings.err.kind == fleet_file::Output::Kind::kLog;
  return lines.has_value() && all_read ? "; it wrote nothing" : "";
}

}  // namespace rollport::controller
