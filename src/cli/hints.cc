#include "cli/hints.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"

namespace rollport::cli {
namespace {

struct Hint {
  const char* words;
  const char* hint;
};
constexpr std::array kHints = {
    Hint{"deploy release rollout update upgrade reload replace",
         "`rollport roll` replaces every worker by the new release"},
    Hint{
        "rollback revert back previous",
        "`rollport undo` goes back to an earlier generation, `rollport abort` reverts a roll under "
        "way"},
    Hint{"ps ls list show get info workers",
         "`rollport status` shows the workers, `rollport top` shows them live"},
    Hint{"logs log tail journal output",
         "what workers write is in the controller's log, that is the stderr of `rollport run` "
         "(under systemd `journalctl -u UNIT`), or in the files that worker.stdout and "
         "worker.stderr name"},
    Hint{"events monitor watch",
         "`rollport top` shows the fleet live, `rollport history` its rolls"},
    Hint{"start up serve launch", "`rollport run` starts the fleet"},
    Hint{"down shutdown quit kill end", "`rollport stop` drains every worker and ends"},
    Hint{"continue unpause", "`rollport resume` continues a paused roll"},
    Hint{"cancel", "`rollport abort` reverts a roll under way"},
    Hint{"validate verify lint test config configtest",
         "`rollport check` validates the fleet file"},
    Hint{"resize size", "`rollport scale N` changes the number of workers"},
};

}  // namespace

std::string HintFor(std::string_view word) {
  for (const Hint& hint : kHints) {
    for (const absl::string_view known : absl::StrSplit(hint.words, ' ')) {
      if (known == ToAbsl(word)) return absl::StrCat("; ", hint.hint);
    }
  }
  return "";
}

}  // namespace rollport::cli
