#include "tests/httpd/httpd_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/check.h"

namespace rollport::httpd {
namespace {

struct Pipe {
  Pipe() {
    int fds[2];
    RP_CHECK(pipe2(fds, O_CLOEXEC) == 0, "pipe2");
    read.Reset(fds[0]);
    write.Reset(fds[1]);
  }
  os::UniqueFd read, write;
};

os::Child Launch(std::vector<std::string> argv, std::vector<std::string> environment, int out,
                 int err) {
  argv.insert(argv.begin(), "rollport-httpd");
  absl::StatusOr<os::Child> child = os::Child::Launch({.path = ROLLPORT_HTTPD,
                                                       .argv = std::move(argv),
                                                       .environment = std::move(environment),
                                                       .stdout_fd = out,
                                                       .stderr_fd = err});
  RP_CHECK(child.ok(), std::string(child.status().message()));
  return *std::move(child);
}

// Up to the end, or up to the first `last`.
std::string ReadAll(int fd, char last = '\0') {
  std::string text;
  char c;
  while (read(fd, &c, 1) == 1) {
    text.push_back(c);
    if (c == last) break;
  }
  return text;
}

}  // namespace

Site::Site() { std::filesystem::create_directory(root()); }

void Site::Write(const std::string& relative, std::string_view content) const {
  const std::filesystem::path file = path(relative);
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  std::filesystem::last_write_time(
      file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
}

void Site::Link(const std::string& target, const std::string& relative) const {
  std::filesystem::create_symlink(target, path(relative));
}

HttpdProcess::HttpdProcess(const Site& site, std::vector<std::string> flags,
                           std::vector<std::string> environment) {
  Pipe out, err;
  flags.insert(flags.end(), {"--root", site.root(), "--listen", "127.0.0.1:0"});
  child_ = Launch(std::move(flags), std::move(environment), out.write.get(), err.write.get());
  out_ = std::move(out.read);
  err.write.Reset();
  const std::string line = ReadAll(err.read.get(), '\n');
  const size_t begin = line.find("http://"), end = line.rfind('/');
  RP_CHECK(begin != std::string::npos, line);
  address_ = *os::SocketAddress::Parse(line.substr(begin + 7, end - begin - 7));
}

HttpdProcess::~HttpdProcess() {
  if (child_->Signal(SIGKILL).ok()) (void)child_->Wait();
}

Answer HttpdProcess::Get(std::string_view target, std::string_view fields) const {
  Client client = Connect();
  client.Send(Request1(target, fields));
  return client.Read();
}

void HttpdProcess::Signal(int signal) const { RP_CHECK(child_->Signal(signal).ok(), "signal"); }

std::string HttpdProcess::Stop() {
  Signal(SIGTERM);
  EXPECT_TRUE(Wait().clean());
  return ReadAll(out_.get());
}

Finished RunHttpd(std::vector<std::string> flags) {
  Pipe out, err;
  os::Child child = Launch(std::move(flags), {}, out.write.get(), err.write.get());
  out.write.Reset();
  err.write.Reset();
  Finished finished;
  finished.out = ReadAll(out.read.get());
  finished.err = ReadAll(err.read.get());
  finished.exit = *child.Wait();
  return finished;
}

}  // namespace rollport::httpd
