#include "fleet_file/output_path.h"

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::fleet_file {

absl::StatusOr<std::string> OutputPath(std::string_view pattern, SlotId slot,
                                       GenerationId generation) {
  std::string path;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      path += pattern[i];
      continue;
    }
    const char what = ++i < pattern.size() ? pattern[i] : ' ';
    if (what == 's') {
      absl::StrAppend(&path, slot.value());
    } else if (what == 'g') {
      absl::StrAppend(&path, generation.value());
    } else if (what == '%') {
      path += '%';
    } else {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", ToAbsl(pattern), "\" has a % that is not %s (slot), %g (generation) or %%"));
    }
  }
  return path;
}

}  // namespace rollport::fleet_file
