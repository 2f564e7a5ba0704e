#include "tests/integration/servers/load.h"

#include <signal.h>

#include "gtest/gtest.h"

namespace rollport::integration {
namespace {

std::vector<std::string> Command(const FleetProcess& fleet, const std::string& path) {
  std::vector<std::string> words = {
      ProgramPath("rollport-load"), "--json", "--duration", "inf", "--rate", "300",
      "--connection-per-request",   "8"};
  for (size_t i = 0; i < fleet.addresses().size(); ++i) {
    words.insert(words.end(), {"--url", fleet.url(path, i)});
  }
  return words;
}

}  // namespace

FreshConnections::FreshConnections(const FleetProcess& fleet, const std::string& path)
    : fleet_(fleet), load_(Command(fleet, path)) {}

FreshConnections::~FreshConnections() {
  load_.Signal(SIGTERM);
  const Finished finished = load_.Wait();
  const nlohmann::json report = finished.json();
  EXPECT_TRUE(report.is_object()) << finished.err;
  if (!report.is_object()) return;
  EXPECT_GT(report["ok"], 0);
  EXPECT_EQ(report["lost"], 0) << report["lost_by_kind"] << report["losses"] << "\n"
                               << fleet_.log();
  std::printf("%s fresh connections, %s lost\n", report["ok"].dump().c_str(),
              report["lost"].dump().c_str());
}

nlohmann::json Serving(const nlohmann::json& status, int slot) {
  for (const nlohmann::json& worker : status["workers"]) {
    if (worker["slot"] == slot && worker["state"] == "serving") return worker;
  }
  return nullptr;
}

}  // namespace rollport::integration
