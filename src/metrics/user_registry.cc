#include "metrics/user_registry.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollport::metrics {
namespace {

constexpr size_t kMaxLabelCount = 8;

// Whether `name` is [a-zA-Z_][a-zA-Z0-9_]*, with ':' among the letters if `colons`.
bool IsName(const std::string& name, bool colons) {
  if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name[0]))) return false;
  return std::all_of(name.begin(), name.end(), [colons](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || (colons && c == ':');
  });
}

// The labels in the form of UserSeries::labels.
std::string Encode(std::vector<std::pair<std::string, std::string>> labels) {
  std::sort(labels.begin(), labels.end());
  std::string text;
  for (const auto& [name, value] : labels) absl::StrAppend(&text, name, "\t", value, "\n");
  return text;
}

std::string WrongName(const UserDefinition& d) {
  if (!IsName(d.name, true)) return "a name consists of letters, digits, \"_\" and \":\"";
  if (d.name.size() > protocol::UserSeries::kMaxName) return "the name is too long";
  if (absl::StartsWith(d.name, "rollport_")) return "names with rollport_ are the library's own";
  if ((d.type == protocol::UserSeries::kCounter) != absl::EndsWith(d.name, "_total")) {
    return "the name of a counter ends with _total, and no other does";
  }
  // Such names would be mistaken for parts of a histogram.
  for (const char* end : {"_bucket", "_sum", "_count", "_created", "_info"}) {
    if (absl::EndsWith(d.name, end)) return absl::StrCat("a name cannot end with ", end);
  }
  return "";
}

std::string WrongLabels(const UserDefinition& d) {
  if (d.labels.size() > kMaxLabelCount) return "too many labels";
  std::vector<std::string> names;
  for (const auto& [name, value] : d.labels) {
    if (!IsName(name, false) || absl::StartsWith(name, "__")) {
      return absl::StrCat("\"", name, "\" cannot name a label");
    }
    if (name == "le" || name == "slot" || name == "fleet") {
      return absl::StrCat("the label \"", name, "\" is reserved");
    }
    if (value.find_first_of(std::string("\t\n\0", 3)) != std::string::npos) {
      return absl::StrCat("the value of \"", name, "\" has a TAB, a line end or a NUL in it");
    }
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) return "a label occurs twice";
  if (Encode(d.labels).size() > protocol::UserSeries::kMaxLabels) return "the labels are too long";
  return "";
}

std::string WrongBounds(const UserDefinition& d) {
  const bool histogram = d.type == protocol::UserSeries::kHistogram;
  if (histogram && d.bounds.empty()) return "a histogram has bounds";
  if (d.bounds.size() > protocol::UserSeries::kMaxBounds) return "too many bounds";
  for (size_t i = 0; i < d.bounds.size(); ++i) {
    if (!std::isfinite(d.bounds[i]) || (i > 0 && d.bounds[i] <= d.bounds[i - 1])) {
      return "bounds must be finite and rise";
    }
  }
  return "";
}

void Fill(const UserDefinition& d, const std::string& labels, protocol::UserSeries* series) {
  series->type = d.type;
  series->bounds_count = static_cast<uint32_t>(d.bounds.size());
  std::memcpy(series->name, d.name.c_str(), d.name.size() + 1);
  std::memcpy(series->help, d.help.c_str(), d.help.size() + 1);
  std::memcpy(series->labels, labels.c_str(), labels.size() + 1);
  std::copy(d.bounds.begin(), d.bounds.end(), series->bounds);
}

bool Agrees(const protocol::UserSeries& series, const UserDefinition& d) {
  return series.type == d.type && series.bounds_count == d.bounds.size() && series.help == d.help &&
         std::equal(d.bounds.begin(), d.bounds.end(), series.bounds);
}

}  // namespace

absl::Status CheckDefinition(const UserDefinition& d) {
  std::string wrong = WrongName(d);
  if (wrong.empty() && (d.help.empty() || d.help.size() > protocol::UserSeries::kMaxHelp)) {
    wrong = absl::StrCat("its help has ", d.help.size(), " bytes, not 1 to ",
                         protocol::UserSeries::kMaxHelp);
  }
  if (wrong.empty() && d.help.find('\0') != std::string::npos) wrong = "its help has a NUL in it";
  if (wrong.empty()) wrong = WrongLabels(d);
  if (wrong.empty()) wrong = WrongBounds(d);
  if (wrong.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("metric \"", d.name, "\": ", wrong));
}

absl::StatusOr<protocol::UserSeries*> Register(protocol::MappedPage& page,
                                               const UserDefinition& definition) {
  protocol::UserPages& pages = *page.user();
  RETURN_IF_ERROR(CheckDefinition(definition));
  const std::string labels = Encode(definition.labels);
  const uint64_t count = pages.count.load(std::memory_order_relaxed);
  for (uint64_t i = 0; i < count; ++i) {
    protocol::UserSeries& series = pages.series[i];
    if (series.name != definition.name) continue;
    if (!Agrees(series, definition)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "metric \"", definition.name, "\": it exists already with another type, help or bounds"));
    }
    if (series.labels == labels) return &series;
  }
  if (count >= protocol::kMaxUserSeries) {
    return absl::ResourceExhaustedError(absl::StrCat("metric \"", definition.name, "\": there are ",
                                                     protocol::kMaxUserSeries, " already"));
  }
  Fill(definition, labels, &pages.series[count]);
  // From here on readers see it.
  pages.count.store(count + 1, std::memory_order_release);
  page->user_series.Set(count + 1);
  return &pages.series[count];
}

}  // namespace rollport::metrics
