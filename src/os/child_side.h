// What happens in a child between its creation and exec. Private to os/child.cc.
#ifndef ROLLPORT_OS_CHILD_SIDE_H_
#define ROLLPORT_OS_CHILD_SIDE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace rollport::os {

struct LaunchSpec;

// The arrays that execve(2) takes, complete before there is a child: what a child that shares our
// memory has allocated when it executes is never freed.
class ExecArguments {
 public:
  explicit ExecArguments(const LaunchSpec& spec);
  ExecArguments(const ExecArguments&) = delete;
  ExecArguments& operator=(const ExecArguments&) = delete;

  // Completes the variables that hold the child's pid. For the child.
  void WritePid();
  char* const* argv() const { return argv_.data(); }
  char* const* environment() const { return environment_.data(); }

 private:
  // The number of a process, and the end of the string.
  static constexpr size_t kPidDigits = 12;
  struct PidPlace {
    size_t variable;  // its index in the environment
    size_t offset;    // of its value
  };

  std::vector<std::string> argv_strings_, environment_strings_;
  std::vector<PidPlace> pid_places_;
  std::vector<char*> argv_, environment_;
};

// Sets this process up as `spec` says and executes the executable. Returns only if that failed,
// after a report to `report_fd`, a pipe that is close-on-exec. REQUIRES: this process has just been
// created, with all signals blocked.
void BecomeChild(const LaunchSpec& spec, ExecArguments& arguments, int report_fd);

// The error in a report. REQUIRES: the report is not empty.
absl::Status DecodeReport(const std::string& report);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_CHILD_SIDE_H_
