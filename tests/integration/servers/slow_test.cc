// A server that serves one request at a time and takes long: what waits in its accept queue when it
// is replaced.
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/integration/fleet_process.h"

namespace rollport::integration {
namespace {

using nlohmann::json;

// As gunicorn's sync worker: at SIGTERM it finishes its request and closes its listener, without a
// look at what waits there.
constexpr char kServer[] = R"(
import os, signal, socket, sys, time
host, port = os.environ["ROLLPORT_LISTEN"].rsplit(":", 1)
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listener.bind((host, int(port)))
listener.listen(128)
listener.settimeout(0.02)
stopping = False
def stop(number, frame):
    global stopping
    stopping = True
signal.signal(signal.SIGTERM, stop)
while not stopping:
    try:
        connection, peer = listener.accept()
    except TimeoutError:
        continue
    connection.settimeout(10)
    try:
        if connection.recv(65536):
            time.sleep(float(sys.argv[1]))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")
    except OSError:
        pass
    connection.close()
)";

class SlowFleet {
 public:
  SlowFleet(const std::string& seconds, const std::string& roll)
      : fleet_({.workers = 1,
                .command = {"/usr/bin/python3", "slow.py", seconds},
                .worker = "ready = \"listening\"\n",
                .roll = absl::StrCat("min_healthy_time = \"20ms\"\n", roll),
                .health = "path = \"\"\ninterval = \"20ms\"\ntimeout = \"10s\"\n"}) {
    WriteFile(fleet_.folder() + "/slow.py", kServer);
    fleet_.Start();
  }
  // Rolls while clients wait in the only worker's queue; the verdict.
  json RollBesideAQueue() {
    Program load({ProgramPath("rollport-load"), "--json", "--duration", "inf", "--timeout", "20s",
                  "--connection-per-request", "8", "--connections", "8", "--url", fleet_.url("/")});
    EXPECT_TRUE(
        fleet_.Await([](const json& status) { return status["workers"][0]["accept_queue"] >= 6; }));
    json verdict = fleet_.Roll();
    load.Signal(SIGTERM);
    const Finished finished = load.Wait();
    const json report = finished.json();
    EXPECT_TRUE(report.is_object()) << finished.err;
    if (report.is_object()) lost_ = report["lost"];
    return verdict;
  }
  int lost() const { return lost_; }
  FleetProcess& fleet() { return fleet_; }

 private:
  FleetProcess fleet_;
  int lost_ = -1;
};

TEST(SlowServerTest, WhatWaitsAtItIsServedAlsoBeyondHandshakeTimeout) {
  SlowFleet slow("0.25", "handshake_timeout = \"300ms\"\ndrain_timeout = \"10s\"\n");
  const json verdict = slow.RollBesideAQueue();
  EXPECT_EQ(verdict["outcome"], "rolled") << verdict;
  EXPECT_EQ(verdict["cut"], 0) << slow.fleet().log();
  EXPECT_EQ(slow.lost(), 0);
}

TEST(SlowServerTest, WhatIsLeftInItsQueueAfterDrainTimeoutIsCountedAsCut) {
  SlowFleet slow("0.4", "handshake_timeout = \"200ms\"\ndrain_timeout = \"1s\"\n");
  const json verdict = slow.RollBesideAQueue();
  EXPECT_EQ(verdict["outcome"], "rolled") << verdict;
  EXPECT_GT(slow.lost(), 0);
  const json& cut = verdict["cut"];
  // It may accept one more between our last look and the signal. Then it may not be known whether
  // that was a probe of ours.
  if (!cut.is_null()) {
    EXPECT_NEAR(cut.get<int>(), slow.lost(), 1) << slow.fleet().log();
  }
  EXPECT_NE(cut, 0);
  EXPECT_EQ(json::parse(slow.fleet().Call({"history"}).out)["rolls"].back()["verdict"]["cut"], cut);
}

}  // namespace
}  // namespace rollport::integration
