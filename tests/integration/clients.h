// Clients of a fleet that go on whatever happens to it.
#ifndef ROLLPORT_TESTS_INTEGRATION_CLIENTS_H_
#define ROLLPORT_TESTS_INTEGRATION_CLIENTS_H_

#include <algorithm>
#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/integration/fleet_process.h"

namespace rollport::integration {

class Clients {
 public:
  static constexpr int kFresh = 4;      // a connection for each request
  static constexpr int kKeepAlive = 4;  // a connection for all

  explicit Clients(const FleetProcess& fleet)
      : load_({ProgramPath("rollport-load"), "--json", "--duration", "inf", "--rate", "200",
               "--connection-per-request", std::to_string(kFresh), "--keep-alive",
               std::to_string(kKeepAlive), "--url", fleet.url("/page")}) {
    // They have begun: a test that is over sooner would end them before their first request.
    EXPECT_TRUE(fleet.Await([](const nlohmann::json& status) {
      return std::any_of(status["workers"].begin(), status["workers"].end(),
                         [](const auto& worker) {
                           return worker["counts"] == false || worker["connections"] > 0;
                         });
    }));
  }
  // Where End() was not called: ends them, and expects that nothing was lost.
  ~Clients() {
    if (ended_) return;
    nlohmann::json report = End();
    if (!report.is_object()) return;
    EXPECT_EQ(report["lost"], 0) << report["lost_by_kind"] << report["losses"];
  }

  // Ends them; what became of their requests.
  nlohmann::json End() {
    ended_ = true;
    load_.Signal(SIGTERM);
    const Finished finished = load_.Wait();
    nlohmann::json report = finished.json();
    EXPECT_TRUE(report.is_object()) << finished.err;
    if (report.is_object()) {
      EXPECT_GT(report["ok"], 0);
    }
    return report;
  }

 private:
  Program load_;
  bool ended_ = false;
};

}  // namespace rollport::integration

#endif  // ROLLPORT_TESTS_INTEGRATION_CLIENTS_H_
