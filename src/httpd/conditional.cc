#include "httpd/conditional.h"

#include "absl/strings/str_cat.h"
#include "http/date.h"
#include "http/list.h"

namespace rollport::httpd {
namespace {

enum class Comparison { kStrong, kWeak };

struct EntityTag {
  std::string_view quoted;
  bool weak;
};

// Cuts one entity tag off the front of `*list`; nullopt if there is none.
std::optional<EntityTag> TakeEntityTag(std::string_view* list) {
  const bool weak = list->starts_with("W/");
  if (weak) list->remove_prefix(2);
  if (!list->starts_with('"')) return std::nullopt;
  const size_t end = list->find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view quoted = list->substr(0, end + 1);
  list->remove_prefix(end + 1);
  return EntityTag{quoted, weak};
}

// Whether the If-Match or If-None-Match field `list` names `tag`, a strong one. A comma may be
// part of a tag, so this is no plain list.
bool Names(std::string_view list, std::string_view tag, Comparison comparison) {
  list = http::TrimSpace(list);
  if (list == "*") return true;
  while (true) {
    while (!list.empty() && (list.front() == ' ' || list.front() == '\t' || list.front() == ',')) {
      list.remove_prefix(1);
    }
    const std::optional<EntityTag> found = TakeEntityTag(&list);
    if (!found.has_value()) return false;
    const bool may_match = comparison == Comparison::kWeak || !found->weak;
    if (may_match && found->quoted == tag) return true;
  }
}

}  // namespace

std::string MakeEntityTag(uint64_t size, int64_t modified_nanos) {
  return absl::StrCat("\"", absl::Hex(size), "-", absl::Hex(modified_nanos), "\"");
}

Verdict Evaluate(const Conditions& conditions, const Validators& validators) {
  if (conditions.if_match.has_value()) {
    if (!Names(*conditions.if_match, validators.entity_tag, Comparison::kStrong)) {
      return Verdict::kPreconditionFailed;
    }
  } else if (conditions.if_unmodified_since.has_value()) {
    const std::optional<int64_t> date = http::ParseDate(*conditions.if_unmodified_since);
    if (date.has_value() && validators.modified_seconds > *date) {
      return Verdict::kPreconditionFailed;
    }
  }
  if (conditions.if_none_match.has_value()) {
    return Names(*conditions.if_none_match, validators.entity_tag, Comparison::kWeak)
               ? Verdict::kNotModified
               : Verdict::kSend;
  }
  if (conditions.if_modified_since.has_value()) {
    const std::optional<int64_t> date = http::ParseDate(*conditions.if_modified_since);
    if (date.has_value() && validators.modified_seconds <= *date) return Verdict::kNotModified;
  }
  return Verdict::kSend;
}

bool RangeStillHolds(std::string_view if_range, const Validators& validators, int64_t now_seconds) {
  if (if_range.starts_with('"') || if_range.starts_with("W/")) {
    return if_range == validators.entity_tag;
  }
  return http::ParseDate(if_range) == validators.modified_seconds &&
         now_seconds > validators.modified_seconds;
}

}  // namespace rollport::httpd
