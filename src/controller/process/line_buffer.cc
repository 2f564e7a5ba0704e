#include "controller/process/line_buffer.h"

#include <algorithm>

namespace rollport::controller {

void LineBuffer::Add(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const size_t room = kLongest - line_.size();
    const size_t length = std::min({end, room, bytes.size()});
    line_.append(bytes.substr(0, length));
    bytes.remove_prefix(length);
    if (!bytes.empty() && bytes[0] == '\n') {
      bytes.remove_prefix(1);
      Emit();
    } else if (line_.size() == kLongest && !bytes.empty()) {
      Emit();
    }
  }
}

void LineBuffer::End() {
  if (!line_.empty()) Emit();
}

void LineBuffer::Emit() {
  if (line_.ends_with('\r')) line_.pop_back();
  for (char& c : line_) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) c = '?';
  }
  on_line_(line_);
  line_.clear();
}

}  // namespace rollport::controller
