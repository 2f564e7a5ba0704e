// Runs one of our programs and keeps what it prints.
#ifndef ROLLPORT_TESTS_INTEGRATION_PROGRAM_H_
#define ROLLPORT_TESTS_INTEGRATION_PROGRAM_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "os/child.h"
#include "tests/support/temp_dir.h"

namespace rollport::integration {

// Where the build puts `name`.
std::string ProgramPath(const std::string& name);

struct Finished {
  int code = -1;  // -1: ended by a signal
  std::string out;
  std::string err;
  // What it printed as JSON; discarded where it is none.
  nlohmann::json json() const { return nlohmann::json::parse(out, nullptr, false); }
};

class Program {
 public:
  using BeforeExec = std::function<absl::Status()>;
  // Starts `words[0]` (a path) with its output going to files. A failed start fails the test.
  explicit Program(std::vector<std::string> words, BeforeExec before_exec = nullptr);
  // Kills it where it still runs.
  ~Program();

  pid_t pid() const { return child_->pid(); }
  void Signal(int signal) { (void)child_->Signal(signal); }
  // Waits for its end.
  Finished Wait();
  // What it has printed on stderr until now.
  std::string err() const;

 private:
  TempDir dir_;
  std::optional<os::Child> child_;
};

// Starts it and waits.
Finished RunProgram(std::vector<std::string> words, Program::BeforeExec before_exec = nullptr);

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);

}  // namespace rollport::integration

#endif  // ROLLPORT_TESTS_INTEGRATION_PROGRAM_H_
