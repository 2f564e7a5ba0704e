// A real fleet: `rollport run` as a child process, in a folder and on a port of its own.
#ifndef ROLLPORT_TESTS_INTEGRATION_FLEET_PROCESS_H_
#define ROLLPORT_TESTS_INTEGRATION_FLEET_PROCESS_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "os/unique_fd.h"
#include "tests/integration/program.h"
#include "tests/support/temp_dir.h"

namespace rollport::integration {

// Whether there is such a process. One that has ended is none, also where nobody has reaped it: a
// worker that has outlived its controller is a child of the machine's first process.
bool Runs(pid_t pid);

struct FleetOptions {
  int workers = 3;
  // Without ports. With `port` 0 one that the kernel gives out is used for all.
  std::vector<std::string> hosts = {"127.0.0.1"};
  int port = 0;
  // Empty: rollport-httpd, from a copy of its own, with the site.
  std::vector<std::string> command;
  std::string admin;   // ADDRESS:PORT; empty: none
  std::string worker;  // further lines of [worker]
  std::string roll = "min_healthy_time = \"20ms\"\ndrain_timeout = \"10s\"\n";
  std::string health = "interval = \"10ms\"\nsteady_interval = \"10ms\"\n";
  // Runs in the controller's process before it is executed: to enter a namespace, for instance.
  Program::BeforeExec before_exec;
};

class FleetProcess {
 public:
  explicit FleetProcess(FleetOptions options = {});
  // Stops the fleet where that was not done, and expects that nothing is left of it.
  ~FleetProcess();

  // `rollport run`, until it is steady.
  void Start();
  // Ends the controller, and nothing else, by SIGKILL.
  void KillController();
  // `rollport run` again, of a fleet whose controller was killed, until it answers.
  void StartAgain();
  // `rollport run` that is expected to end by itself.
  Finished RunToEnd();
  // Ends it by SIGTERM or, if `by_command`, by `rollport stop`; expects status 0 and nothing left.
  void Stop(bool by_command = false);

  // The controller was killed: waits for it, and expects nothing more of it.
  Finished Abandon();
  // Lets go of the ports, which workers of another user could not share with us.
  void ReleasePorts() { reserved_.clear(); }
  // The fleet file as it would be with these options; a host more is an address more, on the same
  // port. Taken up by the next roll.
  void Rewrite(const FleetOptions& options);

  // `rollport --json WORDS…` on this fleet.
  Finished Call(std::vector<std::string> words) const;
  // `rollport roll`, and what it comes to; with a command, that.
  nlohmann::json Roll(std::vector<std::string> command = {});
  nlohmann::json Status() const;
  // True as soon as `condition` holds of the status, false after 20 s.
  bool Await(const std::function<bool(const nlohmann::json&)>& condition) const;
  bool AwaitSteady(int64_t generation) const;

  // A copy of rollport-httpd; what the fleet runs where no other command was given.
  const std::string& server() const { return server_; }
  // The server's own command and more flags.
  std::vector<std::string> ServerCommand(std::vector<std::string> more = {}) const;
  std::vector<std::string> addresses() const { return addresses_; }
  std::string url(const std::string& path, size_t address = 0) const;
  std::string file() const { return dir_ / "fleet.toml"; }
  std::string folder() const { return dir_.path(); }
  Program& controller() { return *controller_; }
  std::string log() const { return controller_->err(); }
  // Those of controllers that were killed.
  const std::string& former_logs() const { return former_logs_; }
  // What the controller's log tells, a value for each line.
  std::vector<nlohmann::json> Events() const;
  // How many of those events there are.
  int64_t Told(const std::string& event) const;
  // Waits until the roll under way is paused.
  bool AwaitPaused() const;
  // How many of so many requests, a connection each, every generation answers.
  std::map<std::string, int> AnswersByGeneration(int requests) const;
  // The generation that answers now, by X-Rollport-Generation, asked a few times.
  std::set<std::string> AnsweringGenerations() const;

 private:
  void WriteFleetFile();
  void TakeAddresses();
  // `pids`: those who were there.
  void ExpectNothingLeft(const std::vector<pid_t>& pids) const;

  FleetOptions options_;
  TempDir dir_;
  std::string server_;
  std::vector<os::UniqueFd>
      reserved_;  // bound, not listening: the port is ours for the test's life
  std::vector<std::string> addresses_;
  std::unique_ptr<Program> controller_;
  std::string former_logs_;  // of controllers that were killed
};

}  // namespace rollport::integration

#endif  // ROLLPORT_TESTS_INTEGRATION_FLEET_PROCESS_H_
