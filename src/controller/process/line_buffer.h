// Cuts what a process writes, whatever that is, into lines fit for a log.
#ifndef ROLLPORT_CONTROLLER_PROCESS_LINE_BUFFER_H_
#define ROLLPORT_CONTROLLER_PROCESS_LINE_BUFFER_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace rollport::controller {

class LineBuffer {
 public:
  // In bytes. A longer line is cut into several. As JSON such a line is still shorter than 4096
  // bytes, the room in a pipe that poll(2) calls writable.
  static constexpr size_t kLongest = 1024;

  explicit LineBuffer(std::function<void(const std::string&)> on_line)
      : on_line_(std::move(on_line)) {}

  // Calls back for each complete line, without its line end; control characters but tabs become
  // "?".
  void Add(std::string_view bytes);
  // The input has ended: what is left is a line too.
  void End();

 private:
  void Emit();

  std::function<void(const std::string&)> on_line_;
  std::string line_;  // at most kLongest bytes
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_LINE_BUFFER_H_
