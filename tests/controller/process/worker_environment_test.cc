#include "controller/process/worker_environment.h"

#include <cstdlib>
#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

TEST(ProtocolVariablesTest, NameOnlyWhatTheWorkerIsGiven) {
  const LaunchPlace place{.addresses = {*os::SocketAddress::Parse("127.0.0.1:80"),
                                        *os::SocketAddress::Parse("[::1]:80")},
                          .notify_socket = "@notify",
                          .drain_timeout = absl::Seconds(5)};
  fleet_file::WorkerSettings settings;
  const std::map<std::string, std::string> least = {{"ROLLPORT_LISTEN", "127.0.0.1:80 [::1]:80"},
                                                    {"ROLLPORT_SLOT", "2"},
                                                    {"ROLLPORT_GENERATION", "7"},
                                                    {"ROLLPORT_DRAIN_TIMEOUT", "5s"},
                                                    {"NOTIFY_SOCKET", "@notify"},
                                                    {"ROLLPORT_PAGE_FD", "3"},
                                                    {"ROLLPORT_HANDOVER_FD", "4"}};
  EXPECT_EQ(ProtocolVariables(place, settings, SlotId(2), GenerationId(7), {false, 3, 4}), least);

  settings.watchdog = absl::Milliseconds(1500);
  std::map<std::string, std::string> most = least;
  most["ROLLPORT_PAGE_FD"] = "5";
  most["ROLLPORT_HANDOVER_FD"] = "6";
  most["LISTEN_FDS"] = "2";
  most["LISTEN_FDNAMES"] = "80:80";
  most["WATCHDOG_USEC"] = "1500000";
  EXPECT_EQ(ProtocolVariables(place, settings, SlotId(2), GenerationId(7), {true, 5, 6}), most);
}

TEST(WorkerEnvironmentTest, TheProtocolWinsAndOurSupervisorsWordsAreNotPassedOn) {
  setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
  setenv("LISTEN_FDS", "1", 1);
  setenv("ROLLPORT_SLOT", "7", 1);
  setenv("MODE", "test", 1);
  setenv("KEPT", "yes", 1);
  const auto variables =
      WorkerEnvironment({{"MODE", "production"}, {"ROLLPORT_SLOT", "8"}}, {{"ROLLPORT_SLOT", "0"}});
  EXPECT_THAT(variables, testing::IsSupersetOf({"KEPT=yes", "MODE=production", "ROLLPORT_SLOT=0"}));
  for (const std::string& variable : variables) {
    EXPECT_FALSE(variable.rfind("NOTIFY_SOCKET", 0) == 0 || variable.rfind("LISTEN_", 0) == 0 ||
                 variable == "MODE=test" || variable == "ROLLPORT_SLOT=7" ||
                 variable == "ROLLPORT_SLOT=8")
        << variable;
  }
}

}  // namespace
}  // namespace rollport::controller
