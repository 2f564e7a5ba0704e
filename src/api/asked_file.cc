#include "api/asked_file.h"

#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"

namespace rollport::api {
namespace {

// The unreserved characters of RFC 3986 section 2.3, and the slash, stand for themselves.
bool StandsForItself(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
         c == '~' || c == '/';
}

std::optional<std::string> PercentDecoded(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    int byte = 0;
    if (i + 2 >= text.size() || !absl::SimpleHexAtoi(text.substr(i + 1, 2), &byte) || byte <= 0) {
      return std::nullopt;
    }
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

}  // namespace

std::string AskedFileValue(const fleet_file::FleetFileId& file) {
  std::string value = absl::StrCat(file.device, ":", file.inode, " ");
  for (const char c : file.path) {
    if (StandsForItself(c)) {
      value += c;
    } else {
      absl::StrAppendFormat(&value, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return value;
}

absl::StatusOr<fleet_file::FleetFileId> ParseAskedFile(std::string_view value) {
  const auto wrong = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat(kAskedFileField, " is not \"DEVICE:INODE PATH\": ", ToAbsl(value)));
  };
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(value), absl::ByAnyChar(": "));
  fleet_file::FleetFileId file;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &file.device) ||
      !absl::SimpleAtoi(parts[1], &file.inode)) {
    return wrong();
  }
  const std::optional<std::string> path = PercentDecoded(parts[2]);
  if (!path.has_value() || path->empty() || path->front() != '/') return wrong();
  file.path = *path;
  return file;
}

}  // namespace rollport::api
