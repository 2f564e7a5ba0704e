#include "exposition/foreign.h"

#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "exposition/open_metrics.h"

namespace rollport::exposition {
namespace {

using absl::string_view;

bool IsNameChar(char c, bool first, bool colon) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_' || (colon && c == ':') ||
         (!first && absl::ascii_isdigit(static_cast<unsigned char>(c)));
}

// Takes a name off the front; empty if there is none.
string_view TakeName(string_view* rest, bool colon) {
  size_t n = 0;
  while (n < rest->size() && IsNameChar((*rest)[n], n == 0, colon)) ++n;
  const string_view name = rest->substr(0, n);
  rest->remove_prefix(n);
  return name;
}

void SkipBlanks(string_view* rest) {
  while (!rest->empty() && (rest->front() == ' ' || rest->front() == '\t')) rest->remove_prefix(1);
}

// Takes `"value"` with its quotes off the front; nullopt if it is malformed.
std::optional<string_view> TakeQuoted(string_view* rest) {
  if (rest->empty() || rest->front() != '"') return std::nullopt;
  for (size_t i = 1; i < rest->size(); ++i) {
    const char c = (*rest)[i];
    if (c == '\\') {
      const char next = i + 1 < rest->size() ? (*rest)[i + 1] : '\0';
      if (next != '\\' && next != '"' && next != 'n') return std::nullopt;
      ++i;
    } else if (c == '"') {
      const string_view quoted = rest->substr(0, i + 1);
      rest->remove_prefix(i + 1);
      return quoted;
    }
  }
  return std::nullopt;
}

struct Labels {
  std::string text;  // what is inside of the braces
  std::string key;   // the same for the same labels in another order
  bool fit = true;   // Prometheus takes a series that has them
};

// As it is shown, beside the labels that are added to every series.
std::string ShownName(string_view name) {
  return absl::StrCat(name == "slot" || name == "fleet" ? "exported_" : "", name);
}

// Takes `{a="b",…}` off the front; nullopt if it is malformed.
std::optional<Labels> TakeLabels(string_view* rest) {
  Labels labels;
  std::set<string_view> names;
  std::map<std::string, string_view> shown;
  bool open = absl::ConsumePrefix(rest, "{");
  while (open) {
    SkipBlanks(rest);
    if (absl::ConsumePrefix(rest, "}")) break;
    const string_view name = TakeName(rest, false);
    if (name.empty() || !names.insert(name).second) return std::nullopt;
    SkipBlanks(rest);
    if (!absl::ConsumePrefix(rest, "=")) return std::nullopt;
    SkipBlanks(rest);
    const std::optional<string_view> value = TakeQuoted(rest);
    if (!value.has_value()) return std::nullopt;
    const auto [it, fresh] = shown.emplace(ShownName(name), *value);
    labels.fit = labels.fit && fresh && name != "__name__" && IsUtf8(ToStd(*value));
    absl::StrAppend(&labels.text, labels.text.empty() ? "" : ",", it->first, "=", *value);
    SkipBlanks(rest);
    if (!absl::ConsumePrefix(rest, ",") && !absl::StartsWith(*rest, "}")) return std::nullopt;
  }
  // A label without a value is none.
  for (const auto& [name, value] : shown) {
    if (value != "\"\"") absl::StrAppend(&labels.key, name, "=", value, ",");
  }
  return labels;
}

// "x" for "x_bucket", "x_sum" and "x_count" if x is a family that has such samples; else `sample`.
std::string FamilyOf(const ForeignScrape& scrape, const std::string& sample) {
  if (scrape.contains(sample)) return sample;
  for (const char* suffix : {"_bucket", "_sum", "_count"}) {
    string_view base = sample;
    if (!absl::ConsumeSuffix(&base, suffix)) continue;
    const auto it = scrape.find(std::string(base));
    if (it == scrape.end()) continue;
    const bool histogram = it->second.type == "histogram";
    if (histogram || (it->second.type == "summary" && string_view(suffix) != "_bucket")) {
      return it->first;
    }
  }
  return sample;
}

class Reader {
 public:
  Reader(size_t max_series, int64_t* dropped) : max_series_(max_series), dropped_(dropped) {}

  // Nullptr, or what is wrong with the line.
  const char* Take(string_view line) {
    SkipBlanks(&line);
    if (line.empty()) return nullptr;
    return line.front() == '#' ? TakeComment(line.substr(1)) : TakeSample(line);
  }
  ForeignScrape Finish() {
    std::erase_if(scrape_, [](const auto& family) { return family.second.samples.empty(); });
    return std::move(scrape_);
  }

 private:
  const char* TakeComment(string_view rest) {
    SkipBlanks(&rest);
    const bool help = absl::ConsumePrefix(&rest, "HELP ");
    if (!help && !absl::ConsumePrefix(&rest, "TYPE ")) return nullptr;
    SkipBlanks(&rest);
    const std::string name(TakeName(&rest, true));
    if (name.empty()) return "no name";
    SkipBlanks(&rest);
    ForeignFamily& family =
        scrape_.try_emplace(name, ForeignFamily{.type = "untyped"}).first->second;
    if (help) {
      if (IsUtf8(ToStd(rest))) {
        family.help = std::string(absl::StripTrailingAsciiWhitespace(rest));
      } else {
        ++*dropped_;
      }
      return nullptr;
    }
    const std::string type(absl::StripAsciiWhitespace(rest));
    if (type != "counter" && type != "gauge" && type != "histogram" && type != "summary" &&
        type != "untyped") {
      return "an unknown type";
    }
    if (!family.samples.empty()) return "a type after its samples";
    family.type = type;
    return nullptr;
  }

  const char* TakeSample(string_view rest) {
    ForeignSample sample{.name = std::string(TakeName(&rest, true))};
    if (sample.name.empty()) return "no name";
    SkipBlanks(&rest);
    const std::optional<Labels> labels = TakeLabels(&rest);
    if (!labels.has_value()) return "bad labels";
    sample.labels = labels->text;
    const std::vector<string_view> words =
        absl::StrSplit(rest, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    double value = 0;
    int64_t timestamp = 0;
    if (words.empty() || words.size() > 2 || !absl::SimpleAtod(words[0], &value) ||
        (words.size() == 2 && !absl::SimpleAtoi(words[1], &timestamp))) {
      return "no value";
    }
    sample.value = Number(value);
    if (labels->fit) {
      Keep(std::move(sample), labels->key);
    } else {
      ++*dropped_;
    }
    return nullptr;
  }

  void Keep(ForeignSample sample, const std::string& key) {
    const std::string family = FamilyOf(scrape_, sample.name);
    if (absl::StartsWith(family, "rollport_") || series_.size() >= max_series_ ||
        !series_.insert(absl::StrCat(sample.name, "{", key)).second) {
      ++*dropped_;
      return;
    }
    scrape_.try_emplace(family, ForeignFamily{.type = "untyped"})
        .first->second.samples.push_back(std::move(sample));
  }

  const size_t max_series_;
  int64_t* const dropped_;
  ForeignScrape scrape_;
  std::set<std::string> series_;
};

void AppendSamples(const ForeignFamily& family, std::string* out) {
  for (const ForeignSample& sample : family.samples) {
    absl::StrAppend(out, sample.name, "{", sample.labels, "} ", sample.value, "\n");
  }
}

}  // namespace

absl::StatusOr<ForeignScrape> ParseExposition(std::string_view text, size_t max_series,
                                              int64_t* dropped) {
  int64_t left_out = 0;
  Reader reader(max_series, &left_out);
  int number = 0;
  for (const string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    ++number;
    if (const char* wrong = reader.Take(line)) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", wrong));
    }
  }
  *dropped += left_out;
  return reader.Finish();
}

void ForeignFamilies::Add(int slot, std::string_view fleet, const ForeignScrape& scrape,
                          const std::set<std::string>& taken) {
  const std::string added = absl::StrCat("fleet=\"", ToAbsl(fleet), "\",slot=\"", slot, "\"");
  for (const auto& [name, family] : scrape) {
    const auto [it, fresh] =
        families_.try_emplace(name, ForeignFamily{.type = family.type, .help = family.help});
    if (taken.contains(name) || it->second.type != family.type) {
      dropped_ += static_cast<int64_t>(family.samples.size());
      if (fresh) families_.erase(it);
      continue;
    }
    for (ForeignSample sample : family.samples) {
      sample.labels = absl::StrCat(added, sample.labels.empty() ? "" : ",", sample.labels);
      it->second.samples.push_back(std::move(sample));
    }
  }
}

void ForeignFamilies::AppendText(std::string* out) const {
  for (const auto& [name, family] : families_) {
    if (!family.help.empty()) absl::StrAppend(out, "# HELP ", name, " ", family.help, "\n");
    absl::StrAppend(out, "# TYPE ", name, " ", family.type, "\n");
    AppendSamples(family, out);
  }
}

void ForeignFamilies::AppendOpenMetrics(std::string* out) const {
  for (const auto& [name, family] : families_) {
    std::string_view shown = name;
    std::string_view type = family.type == "untyped" ? "unknown" : std::string_view(family.type);
    if (type == "counter") {
      // A counter whose name does not end in _total is none in OpenMetrics.
      string_view base = name;
      const bool named = absl::ConsumeSuffix(&base, "_total");
      if (named && !families_.contains(std::string(base))) {
        shown = ToStd(base);
      } else {
        type = "unknown";
      }
    }
    AppendOpenMetricsHead(shown, type, "", out);
    if (!family.help.empty()) {
      // Escaped already, except the quotes, which the text format leaves as they are.
      absl::StrAppend(out, "# HELP ", ToAbsl(shown), " ");
      for (const char c : family.help) absl::StrAppend(out, c == '"' ? "\\\"" : std::string(1, c));
      absl::StrAppend(out, "\n");
    }
    AppendSamples(family, out);
  }
}

}  // namespace rollport::exposition
