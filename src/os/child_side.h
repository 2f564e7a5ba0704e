// What happens in a child between its creation and exec. Private to os/child.cc.
#ifndef ROLLPORT_OS_CHILD_SIDE_H_
#define ROLLPORT_OS_CHILD_SIDE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace rollport::os {

struct LaunchSpec;

// One descriptor on its way to its number in the child; from -1 comes /dev/null.
struct DescriptorMove {
  int from;
  int to;
};

// What a child needs that has to be allocated, made before there is one. A child that shares our
// memory must allocate nothing: what it has when it executes its program is never freed, it is held
// to its own limits, and if it were killed while it allocates, nobody could from then on.
class ChildSetup {
 public:
  explicit ChildSetup(const LaunchSpec& spec);
  ChildSetup(const ChildSetup&) = delete;
  ChildSetup& operator=(const ChildSetup&) = delete;

  // Completes the variables that hold the child's pid. For the child.
  void WritePid();
  char* const* argv() const { return argv_.data(); }
  char* const* environment() const { return environment_.data(); }
  std::vector<DescriptorMove>& moves() { return moves_; }

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
  std::vector<DescriptorMove> moves_;
};

// Sets this process up as `spec` says and executes the executable. Returns only if that failed,
// after a report to `report_fd`, a pipe that is close-on-exec. REQUIRES: this process has just been
// created, with all signals blocked.
void BecomeChild(const LaunchSpec& spec, ChildSetup& setup, int report_fd);

// The error in a report. REQUIRES: the report is not empty.
absl::Status DecodeReport(const std::string& report);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_CHILD_SIDE_H_
