#include "controller/state_keeper.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "fleet_file/state_paths.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/unix_socket.h"
#include "tests/api/fake_fleet_control.h"
#include "tests/controller/support/http_client.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class StateKeeperTest : public testing::Test {
 protected:
  StateKeeperTest() { fleet_.status = api::SteadyStatus(); }
  // Turns the loop until `count` events have been told.
  void AwaitEvents(int64_t count) {
    client_.Await([&] { return fleet_.log.last() >= count; });
  }
  // Until the keeper has looked twice more: once from beginning to end after now.
  void AwaitLook() {
    const int before = looks_;
    client_.Await([&] { return looks_ >= before + 2; });
  }
  std::vector<std::string> Kinds() {
    std::vector<std::string> kinds;
    for (const api::FleetEvent* e = fleet_.log.After(0); e; e = fleet_.log.After(e->sequence)) {
      kinds.push_back(e->kind);
    }
    return kinds;
  }

  const TempDir temp_;
  const std::string path_ = temp_ / "a/site";
  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  api::FakeFleetControl fleet_;
  StateDir dir_ = *StateDir::Open(path_, "site");
  bool others_intact_ = true;
  int looks_ = 0;
  int restored_ = 0;
  absl::Status others_status_;
  std::unique_ptr<StateKeeper> keeper_ = *StateKeeper::Start(*loop_, dir_, fleet_,
                                                             {.intact =
                                                                  [this] {
                                                                    ++looks_;
                                                                    return others_intact_;
                                                                  },
                                                              .restore =
                                                                  [this] {
                                                                    ++restored_;
                                                                    others_intact_ =
                                                                        others_status_.ok();
                                                                    return others_status_;
                                                                  }},
                                                             /*pause=*/absl::Milliseconds(2));
  const HttpClient client_{
      *loop_, [this] { return *os::ConnectUnix(fleet_file::ControlSocketPath(path_)); }};
};

TEST_F(StateKeeperTest, ServesTheControlApiAndLeavesWellAlone) {
  EXPECT_THAT(client_.Ask("GET /v1/status"), StartsWith("HTTP/1.1 200 "));
  AwaitLook();
  EXPECT_EQ(restored_, 0);
  EXPECT_THAT(Kinds(), ElementsAre());
}

TEST_F(StateKeeperTest, AFolderThatWasRemovedIsMadeAgainAndServed) {
  std::filesystem::remove_all(temp_ / "a");
  AwaitEvents(1);
  EXPECT_THAT(Kinds(), ElementsAre("StateDirRestored"));
  EXPECT_EQ(restored_, 1);
  EXPECT_THAT(client_.Ask("GET /v1/status"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(StateKeeperTest, AClientThatWasConnectedIsServedOn) {
  const os::UniqueFd follower = client_.Begin("GET /v1/events");
  client_.Read(follower, "\r\n\r\n");
  // However often that happens.
  for (int i = 0; i < 3; ++i) {
    std::filesystem::remove_all(temp_ / "a");
    EXPECT_THAT(client_.Read(follower, "StateDirRestored"), HasSubstr("is made again"));
  }
}

TEST_F(StateKeeperTest, WhatElseIsMissingIsRestoredToo) {
  others_intact_ = false;
  AwaitEvents(1);
  EXPECT_EQ(restored_, 1);
  EXPECT_TRUE(others_intact_);
  EXPECT_THAT(client_.Ask("GET /v1/status"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(StateKeeperTest, AFolderThatCannotBeMadeIsToldOnceUntilItCan) {
  std::filesystem::remove_all(temp_ / "a");
  std::ofstream(temp_ / "a") << "in the way";
  AwaitEvents(1);
  EXPECT_THAT(fleet_.log.After(0)->message,
              AllOf(HasSubstr("no command reaches this controller"), HasSubstr("Not a directory")));
  // The others were not looked at: the folder comes first.
  EXPECT_EQ(restored_, 0);
  const Instant told = loop_->Now();
  client_.Await([&] { return loop_->Now() - told > absl::Milliseconds(10); });
  EXPECT_THAT(Kinds(), ElementsAre("StateDirLost"));
  std::filesystem::remove(temp_ / "a");
  AwaitEvents(2);
  EXPECT_THAT(Kinds(), ElementsAre("StateDirLost", "StateDirRestored"));
  // Lost anew, it is told anew.
  std::filesystem::remove_all(temp_ / "a");
  std::ofstream(temp_ / "a") << "in the way";
  AwaitEvents(3);
  EXPECT_EQ(Kinds().back(), "StateDirLost");
  std::filesystem::remove(temp_ / "a");
  AwaitEvents(4);
}

TEST_F(StateKeeperTest, WhatKeepsTheOthersFromBeingRestoredIsTold) {
  others_status_ = absl::InternalError("no socket");
  others_intact_ = false;
  AwaitEvents(1);
  EXPECT_THAT(fleet_.log.After(0)->message, HasSubstr(": no socket"));
  others_status_ = absl::OkStatus();
  AwaitEvents(2);
  EXPECT_EQ(Kinds().back(), "StateDirRestored");
}

}  // namespace
}  // namespace rollport::controller
