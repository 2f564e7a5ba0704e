#include "fleet_file/environment_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

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
  std::ifstream file(path);
  if (!file) return absl::InvalidArgumentError(absl::StrCat(path, ": ", strerror(errno)));
  std::map<std::string, std::string> variables;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
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
  if (file.bad()) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read"));
  return variables;
}

}  // namespace rollport::fleet_file
