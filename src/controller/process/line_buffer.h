// Cuts what a program writes into lines fit for a log, whatever it writes.
#ifndef ROLLPORT_CONTROLLER_PROCESS_LINE_BUFFER_H_
#define ROLLPORT_CONTROLLER_PROCESS_LINE_BUFFER_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace rollport::controller {

class LineBuffer {
 public:
  // A line that is longer is cut into several. As JSON it is still less than a page, the room of a
  // pipe that poll(2) calls writable.
  static constexpr size_t kLongest = 1024;

  explicit LineBuffer(std::function<void(const std::string&)> on_line)
      : on_line_(std::move(on_line)) {}

  // Calls back for each line that is complete; control characters become "?".
  void Add(std::string_view bytes);
  // What is left is a line too.
  void End();

 private:
  void Emit();

  std::function<void(const std::string&)> on_line_;
  std::string line_;  // at most kLongest bytes
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_LINE_BUFFER_H_
