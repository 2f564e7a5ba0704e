#include "fleet_file/environment_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "os/file.h"

namespace rollport::fleet_file {
namespace {

bool IsName(absl::string_view text) {
  return !text.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
         });
}

absl::string_view Unquoted(absl::string_view value) {
  for (const char* quote : {"\"", "'"}) {
    absl::string_view inner = value;
    if (value.size() >= 2 && absl::ConsumePrefix(&inner, quote) &&
        absl::ConsumeSuffix(&inner, quote)) {
      return inner;
    }
  }
  return value;
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> ReadEnvironmentFile(const std::string& path) {
  const absl::StatusOr<std::string> content = os::ReadFile(path);
  if (!content.ok()) return absl::InvalidArgumentError(content.status().message());
  std::map<std::string, std::string> variables;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(*content, '\n')) {
    ++number;
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || text[0] == '#' || text[0] == ';') continue;
    const size_t equals = text.find('=');
    const absl::string_view name = absl::StripAsciiWhitespace(text.substr(0, equals));
    if (equals == text.npos || !IsName(name) || text.find('\0') != text.npos) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", number, ": not NAME=VALUE"));
    }
    variables[std::string(name)] =
        std::string(Unquoted(absl::StripAsciiWhitespace(text.substr(equals + 1))));
  }
  return variables;
}

}  // namespace rollport::fleet_file
