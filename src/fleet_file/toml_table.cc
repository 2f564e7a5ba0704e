#include "fleet_file/toml_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "base/strings.h"
#include "fleet_file/fleet_settings.h"
#include "fleet_file/suggest.h"

namespace rollport::fleet_file {
namespace {

const toml::table& EmptyTable() {
  static const auto* const table = new toml::table;
  return *table;
}

std::string_view TypeName(toml::node_type type) {
  switch (type) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a point";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

}  // namespace

void Mistakes::Add(uint32_t line, std::string_view what) {
  // One line, whatever a key or a string of the file holds.
  mistake_.emplace(std::max(line, 1U), Printable(what));
}

void Mistakes::AddMissing(uint32_t line, std::string what) {
  missing_.emplace(std::max(line, 1U), std::move(what));
}

absl::Status Mistakes::ToStatus() const {
  if (empty()) return absl::OkStatus();
  const auto& [line, what] = mistake_.empty() ? *missing_.begin() : *mistake_.begin();
  return absl::InvalidArgumentError(absl::StrCat(file_, ":", line, ": ", what));
}

uint32_t TomlTable::Line(const toml::node& node) { return node.source().begin.line; }

std::string TomlTable::Expected(std::string_view what, const toml::node& found) {
  return absl::StrCat("expected ", ToAbsl(what), ", found ", ToAbsl(TypeName(found.type())));
}

void TomlTable::Wrong(uint32_t line, std::string_view key, std::string_view what) {
  mistakes_.Add(line, absl::StrCat(ToAbsl(key), ": ", ToAbsl(what)));
}

void TomlTable::Missing(std::string_view key) {
  mistakes_.AddMissing(
      line(), absl::StrCat(name_.empty() ? "the file" : absl::StrCat("[", name_, "]"), " has no \"",
                           ToAbsl(key), "\""));
}

const toml::node* TomlTable::Node(std::string_view key) {
  known_.emplace_back(key);
  return table_.get(key);
}

bool TomlTable::Text(const toml::node& node, std::string_view key, std::string* out) {
  if (!node.is_string()) {
    Wrong(Line(node), key, Expected("a string", node));
    return false;
  }
  const std::string& text = **node.as_string();
  // No path, argument or variable can hold one.
  if (text.find('\0') != std::string::npos) {
    Wrong(Line(node), key, "contains a NUL character");
    return false;
  }
  *out = text;
  return true;
}

uint32_t TomlTable::String(std::string_view key, std::string* out) {
  const toml::node* node = Node(key);
  return node != nullptr && Text(*node, key, out) ? Line(*node) : 0;
}

uint32_t TomlTable::Bool(std::string_view key, bool* out) {
  const toml::node* node = Node(key);
  if (node == nullptr) return 0;
  if (!node->is_boolean()) {
    Wrong(Line(*node), key, Expected("true or false", *node));
    return 0;
  }
  *out = **node->as_boolean();
  return Line(*node);
}

uint32_t TomlTable::Int(std::string_view key, int min, int max, int* out) {
  const toml::node* node = Node(key);
  if (node == nullptr) return 0;
  if (!node->is_integer()) {
    Wrong(Line(*node), key, Expected("a whole number", *node));
    return 0;
  }
  const int64_t value = **node->as_integer();
  if (value < min || value > max) {
    Wrong(Line(*node), key, absl::StrCat(value, " is not between ", min, " and ", max));
    return 0;
  }
  *out = static_cast<int>(value);
  return Line(*node);
}

uint32_t TomlTable::Number(std::string_view key, double min, double max, double* out) {
  const toml::node* node = Node(key);
  if (node == nullptr) return 0;
  if (!node->is_number()) {
    Wrong(Line(*node), key, Expected("a number", *node));
    return 0;
  }
  const double value = *node->value<double>();
  // Written so that NaN is refused too.
  if (!(value >= min && value <= max)) {
    Wrong(Line(*node), key, absl::StrCat(value, " is not between ", min, " and ", max));
    return 0;
  }
  *out = value;
  return Line(*node);
}

uint32_t TomlTable::Duration(std::string_view key, absl::Duration min, absl::Duration* out) {
  const toml::node* node = Node(key);
  if (node == nullptr) return 0;
  if (!node->is_string()) {
    Wrong(Line(*node), key, Expected("a duration like \"1m30s\" or \"200ms\"", *node));
    return 0;
  }
  const std::string& text = **node->as_string();
  absl::Duration value;
  if (!absl::ParseDuration(text, &value) || value == absl::InfiniteDuration() ||
      value == -absl::InfiniteDuration()) {
    Wrong(Line(*node), key,
          absl::StrCat("\"", text, "\" is not a duration like \"1m30s\" or \"200ms\""));
    return 0;
  }
  if (value < min || value > kLongestWait) {
    Wrong(Line(*node), key,
          absl::StrCat("\"", text, "\" is ", value < min ? "too short" : "too long",
                       value < min ? absl::StrCat("; at least ", absl::FormatDuration(min)) : ""));
    return 0;
  }
  *out = value;
  return Line(*node);
}

uint32_t TomlTable::Choice(std::string_view key, const std::vector<std::string>& names, int* out) {
  std::string text;
  const uint32_t line = String(key, &text);
  if (line == 0) return 0;
  const auto it = std::find(names.begin(), names.end(), text);
  if (it == names.end()) {
    Wrong(line, key,
          absl::StrCat("\"", text, "\" is not one of ", absl::StrJoin(names, ", "),
                       DidYouMean(text, names)));
    return 0;
  }
  *out = static_cast<int>(it - names.begin());
  return line;
}

uint32_t TomlTable::Strings(std::string_view key, std::vector<std::string>* out,
                            std::vector<uint32_t>* lines) {
  const toml::node* node = Node(key);
  if (node == nullptr) return 0;
  if (!node->is_array()) {
    Wrong(Line(*node), key, Expected("a list of strings", *node));
    return 0;
  }
  std::vector<std::string> strings;
  for (const toml::node& element : *node->as_array()) {
    std::string text;
    if (!Text(element, key, &text)) return 0;
    strings.push_back(std::move(text));
    if (lines != nullptr) lines->push_back(Line(element));
  }
  *out = std::move(strings);
  return Line(*node);
}

uint32_t TomlTable::StringMap(std::string_view key, std::map<std::string, std::string>* out,
                              std::map<std::string, uint32_t>* lines) {
  const toml::node* node = Node(key);
  if (node == nullptr) return 0;
  if (!node->is_table()) {
    Wrong(Line(*node), key, Expected("a table of strings", *node));
    return 0;
  }
  std::map<std::string, std::string> strings;
  for (const auto& [name, value] : *node->as_table()) {
    const std::string name_text(name.str());
    if (!Text(value, absl::StrCat(ToAbsl(key), ".", name_text), &strings[name_text])) return 0;
    (*lines)[name_text] = Line(value);
  }
  *out = std::move(strings);
  return Line(*node);
}

TomlTable TomlTable::Table(std::string_view key) {
  const toml::node* node = Node(key);
  if (node != nullptr && !node->is_table()) {
    Wrong(Line(*node), key, Expected("a table", *node));
    node = nullptr;
  }
  return {node == nullptr ? EmptyTable() : *node->as_table(), std::string(key), mistakes_};
}

void TomlTable::RefuseOthers() {
  for (const auto& [key, value] : table_) {
    const std::string text(key.str());
    if (std::find(known_.begin(), known_.end(), text) != known_.end()) continue;
    mistakes_.Add(key.source().begin.line,
                  absl::StrCat("unknown key \"", text, "\"",
                               name_.empty() ? "" : absl::StrCat(" in [", name_, "]"),
                               DidYouMean(text, known_)));
  }
}

}  // namespace rollport::fleet_file
