// rollport-httpd as a child process, with a folder to serve.
#ifndef ROLLPORT_TESTS_HTTPD_HTTPD_PROCESS_H_
#define ROLLPORT_TESTS_HTTPD_HTTPD_PROCESS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/address.h"
#include "os/child.h"
#include "os/unique_fd.h"
#include "tests/support/temp_dir.h"
#include "tests/worker/worker_process.h"

namespace rollport::httpd {

using worker::Answer;
using worker::Client;
using worker::Request1;

// A temporary folder, and in it "site", the folder to serve.
class Site {
 public:
  Site();
  std::string root() const { return dir_ / "site"; }
  // Of "a/b" below site; "../x" is beside it.
  std::string path(const std::string& relative) const { return root() + "/" + relative; }
  // Makes the folders it needs. The file looks as if it had been left alone for an hour.
  void Write(const std::string& relative, std::string_view content) const;
  void Link(const std::string& target, const std::string& relative) const;

 private:
  TempDir dir_;
};

class HttpdProcess {
 public:
  // Listens on a free port of 127.0.0.1 and waits until it says so.
  HttpdProcess(const Site& site, std::vector<std::string> flags = {},
               std::vector<std::string> environment = {});
  ~HttpdProcess();

  const os::SocketAddress& address() const { return address_; }
  Client Connect() const { return Client(address_); }
  // One request on a connection of its own.
  Answer Get(std::string_view target, std::string_view fields = "") const;
  void Signal(int signal) const;
  os::ExitStatus Wait() { return *child_->Wait(); }
  // SIGTERM, and waits for a clean end. All of its standard output.
  std::string Stop();

 private:
  std::optional<os::Child> child_;
  os::UniqueFd out_;
  os::SocketAddress address_;
};

// Runs it until it exits by itself.
struct Finished {
  os::ExitStatus exit;
  std::string out, err;
};
Finished RunHttpd(std::vector<std::string> flags);

}  // namespace rollport::httpd

#endif  // ROLLPORT_TESTS_HTTPD_HTTPD_PROCESS_H_
