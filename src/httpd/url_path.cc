#include "httpd/url_path.h"

#include "http/chars.h"

namespace rollport::httpd {
namespace {

// Appends `segment`, percent-decoded, to `out`.
PathError Decode(std::string_view segment, std::string* out) {
  for (size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      out->push_back(segment[i]);
      continue;
    }
    if (i + 2 >= segment.size()) return PathError::kMalformed;
    const int high = http::HexValue(segment[i + 1]), low = http::HexValue(segment[i + 2]);
    if (high < 0 || low < 0) return PathError::kMalformed;
    const char c = static_cast<char>(high * 16 + low);
    if (c == '\0') return PathError::kMalformed;
    if (c == '/') return PathError::kHidden;
    out->push_back(c);
    i += 2;
  }
  return PathError::kNone;
}

// Drops the last segment of `path`. False if there is none.
bool DropLast(std::string* path) {
  if (path->empty()) return false;
  const size_t slash = path->rfind('/');
  path->resize(slash == std::string::npos ? 0 : slash);
  return true;
}

// Adds one segment, still encoded. Sets out->is_folder as if it were the last.
PathError AddSegment(std::string_view segment, FilePath* out) {
  const size_t before = out->relative.size();
  if (before > 0) out->relative.push_back('/');
  const size_t begin = out->relative.size();
  if (const PathError error = Decode(segment, &out->relative); error != PathError::kNone) {
    return error;
  }
  const std::string_view name = std::string_view(out->relative).substr(begin);
  out->is_folder = name.empty() || name == "." || name == "..";
  if (!out->is_folder) {
    return name.front() == '.' && name != ".well-known" ? PathError::kHidden : PathError::kNone;
  }
  const bool up = name == "..";
  out->relative.resize(before);
  return up && !DropLast(&out->relative) ? PathError::kMalformed : PathError::kNone;
}

}  // namespace

FilePath ParseUrlPath(std::string_view path) {
  FilePath out;
  ParseUrlPath(path, &out);
  return out;
}

void ParseUrlPath(std::string_view path, FilePath* out) {
  out->error = PathError::kNone;
  out->relative.clear();
  out->is_folder = false;
  if (path.empty() || path.front() != '/') {
    out->error = PathError::kMalformed;
    return;
  }
  // A later ".." may take a hidden segment away, but a malformed path stays malformed.
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    const PathError error = AddSegment(segment, out);
    if (error != PathError::kNone && out->error != PathError::kMalformed) out->error = error;
    path.remove_prefix(segment.size());
  }
}

std::string EncodeUrlPath(std::string_view relative) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "/";
  for (const char c : relative) {
    // pchar of RFC 3986 section 3.3, and the slash.
    const bool plain = http::Is(http::kHostChar, c) && c != '%';
    if (plain || c == '/' || c == '@' || c == ':') {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace rollport::httpd
