// Servers from Debian's packages, unchanged, rolled under strict load: docs/servers.md has the same
// fleet files.
#include <signal.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/servers/load.h"

namespace rollport::integration {
namespace {

using nlohmann::json;

constexpr char kHealth[] = "path = \"/\"\ninterval = \"20ms\"\nsteady_interval = \"20ms\"\n";
constexpr char kRoll[] =
    "min_healthy_time = \"20ms\"\nhealthy_deadline = \"15s\"\n"
    "drain_timeout = \"10s\"\n";

bool Missing(const std::string& program) { return access(program.c_str(), X_OK) != 0; }

FleetOptions Server(std::vector<std::string> command, const std::string& worker) {
  return {.workers = 2,
          .command = std::move(command),
          .worker = worker,
          .roll = kRoll,
          .health = kHealth};
}

// `text` with the fleet's address for ADDRESS, as a file in the fleet's folder.
void Configure(const FleetProcess& fleet, const std::string& name, const std::string& text) {
  WriteFile(fleet.folder() + "/" + name,
            absl::StrReplaceAll(text, {{"ADDRESS", fleet.addresses()[0]}}));
}

// Some rolls under load, of which every fresh connection must be answered. For people, what became
// of kept-alive ones: docs/servers.md tells of it.
void RollUnderLoad(FleetProcess& fleet, int rolls) {
  fleet.Start();
  if (testing::Test::HasFailure()) return;
  Program kept({ProgramPath("rollport-load"), "--json", "--duration", "inf", "--keep-alive", "16",
                "--think", "50ms", "--url", fleet.url("/")});
  {
    const FreshConnections load(fleet);
    for (int i = 0; i < rolls; ++i) {
      const json verdict = fleet.Roll();
      EXPECT_EQ(verdict["outcome"], "rolled") << verdict << fleet.log();
    }
  }
  kept.Signal(SIGTERM);
  const json report = kept.Wait().json();
  std::printf("kept alive: %s answered, lost %s\n", report["ok"].dump().c_str(),
              report["lost_by_kind"].dump().c_str());
  EXPECT_EQ(fleet.Status()["steering"], "cbpf");
  EXPECT_EQ(fleet.Status()["foreign_listeners"], 0);
}

TEST(ServersTest, NginxLosesNoFreshConnection) {
  if (Missing("/usr/sbin/nginx")) GTEST_SKIP() << "needs nginx";
  FleetProcess fleet(Server({"/usr/sbin/nginx", "-p", ".", "-c", "nginx.conf", "-e", "stderr"},
                            "ready = \"listening\"\nstop_signal = \"QUIT\"\n"));
  Configure(fleet, "nginx.conf", R"(
daemon off;
worker_processes 2;
pid nginx.pid;
events {}
http {
  access_log off;
  server {
    listen ADDRESS reuseport;
    location / { return 200 "hello\n"; }
  }
}
)");
  RollUnderLoad(fleet, 3);
}

TEST(ServersTest, HaproxyLosesNoFreshConnection) {
  if (Missing("/usr/sbin/haproxy")) GTEST_SKIP() << "needs haproxy";
  FleetProcess fleet(Server({"/usr/sbin/haproxy", "-Ws", "-f", "haproxy.cfg"},
                            "ready = \"notify\"\nstop_signal = \"USR1\"\n"));
  Configure(fleet, "haproxy.cfg", R"(
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 1s
  option idle-close-on-response
frontend site
  bind ADDRESS
  http-request return status 200 content-type text/plain string "hello\n"
)");
  RollUnderLoad(fleet, 3);
}

void RollGunicorn(std::vector<std::string> command) {
  if (Missing("/usr/bin/gunicorn")) GTEST_SKIP() << "needs gunicorn";
  command.insert(command.end(), {"--workers", "2", "app:app"});
  FleetProcess fleet(Server(std::move(command), "listener = \"inherit\"\n"));
  Configure(fleet, "app.py", R"(
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"hello\n"]
)");
  RollUnderLoad(fleet, 2);
}

TEST(ServersTest, GunicornLosesNoFreshConnection) { RollGunicorn({"/usr/bin/gunicorn"}); }

// gunicorn 20.1 takes the same descriptor twice where it is told of it twice.
TEST(ServersTest, GunicornBoundToADescriptorLosesNoFreshConnection) {
  RollGunicorn({"/usr/bin/env", "-u", "LISTEN_FDS", "/usr/bin/gunicorn", "--bind", "fd://3"});
}

TEST(ServersTest, NodeLosesNoFreshConnection) {
  if (Missing("/usr/bin/node")) GTEST_SKIP() << "needs nodejs";
  FleetProcess fleet(
      Server({"/usr/bin/node", "server.js"}, "listener = \"inherit\"\nready = \"listening\"\n"));
  Configure(fleet, "server.js", R"(
const http = require('http');
const server = http.createServer((request, response) => {
  if (stopping) response.setHeader('Connection', 'close');
  response.end('hello\n');
});
let stopping = false;
server.listen({fd: 3});
process.on('SIGTERM', () => {
  stopping = true;
  server.close(() => process.exit(0));
});
)");
  RollUnderLoad(fleet, 2);
}

}  // namespace
}  // namespace rollport::integration
