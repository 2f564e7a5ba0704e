#include "tests/integration/program.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "gtest/gtest.h"
#include "os/unique_fd.h"

namespace rollport::integration {
namespace {

os::UniqueFd CreateFile(const std::string& path) {
  return os::UniqueFd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

std::vector<std::string> Environment() {
  std::vector<std::string> out;
  for (char** e = environ; *e != nullptr; ++e) out.emplace_back(*e);
  return out;
}

}  // namespace

std::string ProgramPath(const std::string& name) { return std::string(ROLLPORT_BIN) + "/" + name; }

std::string ReadFile(const std::string& path) {
  // By a stream, which takes a read that fails as the end: a file of /proc is gone with its
  // process.
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

Program::Program(std::vector<std::string> words, BeforeExec before_exec) {
  const os::UniqueFd out = CreateFile(dir_ / "out");
  const os::UniqueFd err = CreateFile(dir_ / "err");
  os::LaunchSpec spec;
  spec.path = words.front();
  spec.argv = std::move(words);
  spec.environment = Environment();
  spec.stdout_fd = out.get();
  spec.stderr_fd = err.get();
  spec.before_exec = std::move(before_exec);
  absl::StatusOr<os::Child> child = os::Child::Launch(spec);
  if (!child.ok()) throw std::runtime_error(child.status().ToString());
  child_ = *std::move(child);
}

Program::~Program() {
  const auto exit = child_->Reap();
  if (exit.ok() && exit->has_value()) return;
  Signal(SIGKILL);
  (void)child_->Wait();
}

Finished Program::Wait() {
  const absl::StatusOr<os::ExitStatus> exit = child_->Wait();
  EXPECT_TRUE(exit.ok()) << exit.status();
  return {.code = exit->signal == 0 ? exit->code : -1,
          .out = ReadFile(dir_ / "out"),
          .err = ReadFile(dir_ / "err")};
}

std::string Program::err() const { return ReadFile(dir_ / "err"); }

Finished RunProgram(std::vector<std::string> words, Program::BeforeExec before_exec) {
  return Program(std::move(words), std::move(before_exec)).Wait();
}

}  // namespace rollport::integration
