#include "controller/endpoints/control_api.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/control_json.h"
#include "controller/record/state_dir.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/unix_socket.h"
#include "tests/api/fake_fleet_control.h"
#include "tests/controller/support/http_client.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ControlApiTest : public testing::Test {
 protected:
  void Start(ControlLimits limits = {}) {
    backend_.status = api::SteadyStatus();
    api_ = *ControlApi::Start(*loop_, *os::ListenUnix(path_, 128), backend_, limits);
  }
  std::string Ask(const std::string& line, const std::string& body = "") {
    return client_.Ask(line, body);
  }

  TempDir dir_;
  const std::string path_ = dir_ / "control.sock";
  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  api::FakeFleetControl backend_;
  std::unique_ptr<ControlApi> api_;
  const HttpClient client_{*loop_, [this] { return *os::ConnectUnix(path_); }};
};

TEST_F(ControlApiTest, StatusIsJson) {
  Start();
  const std::string answer = Ask("GET /v1/status");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\n" + ToJson(api::SteadyStatus()) + "\n"));
  EXPECT_EQ(api_->connections(), 0U);
}

TEST_F(ControlApiTest, HeadHasNoBody) {
  Start();
  const std::string answer = Ask("HEAD /v1/status");
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: " +
                                std::to_string(ToJson(api::SteadyStatus()).size() + 1)));
}

TEST_F(ControlApiTest, ARollIsAcceptedWithItsNumber) {
  Start();
  EXPECT_THAT(Ask("POST /v1/roll"),
              testing::AllOf(StartsWith("HTTP/1.1 202 "), testing::EndsWith("{\"roll\":1}\n")));
  Ask("POST /v1/roll", R"({"command":["./new","-v"]})");
  EXPECT_THAT(backend_.commands,
              testing::ElementsAre(std::nullopt, std::vector<std::string>{"./new", "-v"}));
}

TEST_F(ControlApiTest, ARefusedRollTellsWhyAndHowFarTheOtherIs) {
  Start();
  backend_.status.roll = api::RollProgress{.number = 1, .from = 1, .to = 2, .phase = "rolling"};
  backend_.on_roll = [] { return absl::FailedPreconditionError("a roll is under way"); };
  const std::string answer = Ask("POST /v1/roll");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 409 "));
  EXPECT_THAT(answer, HasSubstr(R"({"error":"a roll is under way","roll":{"number":1,)"));
}

TEST_F(ControlApiTest, ErrorsOfTheFleetFileAre400AndOursAre500) {
  Start();
  backend_.on_roll = [] { return absl::InvalidArgumentError("fleet.toml:3: no"); };
  EXPECT_THAT(Ask("POST /v1/roll"), testing::AllOf(StartsWith("HTTP/1.1 400 "),
                                                   HasSubstr(R"({"error":"fleet.toml:3: no"})")));
  backend_.on_roll = [] { return absl::InternalError("memfd_create: Too many open files"); };
  EXPECT_THAT(Ask("POST /v1/roll"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Ask("POST /v1/roll", "nonsense"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ControlApiTest, OtherChangesArePassedOnWithWhatTheyAskFor) {
  Start();
  for (const auto& [line, body] :
       std::vector<std::pair<std::string, std::string>>{{"POST /v1/undo", ""},
                                                        {"POST /v1/undo", R"({"to":3})"},
                                                        {"POST /v1/scale", R"({"workers":8})"},
                                                        {"POST /v1/restart", R"({"slot":0})"}}) {
    EXPECT_THAT(Ask(line, body),
                testing::AllOf(StartsWith("HTTP/1.1 202 "), testing::EndsWith("{\"roll\":1}\n")));
  }
  EXPECT_THAT(backend_.asked, testing::ElementsAre("undo", "undo to 3", "scale 8", "restart 0"));
  Ask("POST /v1/roll", R"({"canary":[{"share":5,"for":"1m"}]})");
  EXPECT_EQ(backend_.rolls.back().canary,
            (std::vector<fleet_file::CanaryStep>{{5, absl::Minutes(1)}}));
}

TEST_F(ControlApiTest, AChangeThatAsksForNonsenseIs400AndNobodyHearsOfIt) {
  Start();
  for (const auto& [line, body] : std::vector<std::pair<std::string, std::string>>{
           {"POST /v1/undo", R"({"to":-1})"},
           {"POST /v1/scale", ""},
           {"POST /v1/scale", R"({"workers":0})"},
           {"POST /v1/scale", R"({"workers":3000000000})"},
           {"POST /v1/restart", R"({"slot":"1"})"},
           {"POST /v1/roll", R"({"canary":[{"share":100}]})"}}) {
    EXPECT_THAT(Ask(line, body), StartsWith("HTTP/1.1 400 ")) << line << body;
  }
  EXPECT_THAT(backend_.asked, testing::IsEmpty());
  EXPECT_THAT(backend_.rolls, testing::IsEmpty());
}

TEST_F(ControlApiTest, ARequestAboutAnotherFleetFileIsRefusedWithBothPaths) {
  Start();
  backend_.file = {.path = "/srv/shop/fleet.toml", .device = 1, .inode = 2};
  const auto ask = [this](const std::string& line, const std::string& file) {
    return client_.ReadToEnd(
        client_.Begin(line, "Connection: close\r\nRollport-Fleet-File: " + file + "\r\n"));
  };
  for (const char* line : {"GET /v1/status", "GET /v1/events", "POST /v1/stop", "POST /v1/roll"}) {
    const std::string answer = ask(line, "1:7 /srv/b%20log/fleet.toml");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 421 Misdirected Request\r\n"));
    EXPECT_THAT(answer, HasSubstr("/srv/shop/fleet.toml, not of /srv/b log/fleet.toml; "));
  }
  EXPECT_EQ(backend_.stops, 0);
  EXPECT_TRUE(backend_.rolls.empty());
  // The same path though an editor has made a new file, and the same file by another path.
  EXPECT_THAT(ask("GET /v1/status", "1:7 /srv/shop/fleet.toml"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask("GET /v1/status", "1:2 /moved/fleet.toml"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask("GET /v1/status", "1:2"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ControlApiTest, PauseAndResumeTellHowFarTheRollIs) {
  Start();
  backend_.status.roll = api::RollProgress{.number = 7, .phase = "paused"};
  for (const char* line : {"POST /v1/pause", "POST /v1/resume"}) {
    EXPECT_THAT(Ask(line), testing::AllOf(StartsWith("HTTP/1.1 200 "),
                                          HasSubstr(R"({"roll":{"number":7,"kind":"roll",)")));
  }
  EXPECT_THAT(backend_.asked, testing::ElementsAre("pause", "resume"));
}

TEST_F(ControlApiTest, AbortNamesTheRollThoughItIsOverAtOnce) {
  Start();
  backend_.status.roll = api::RollProgress{.number = 7};
  backend_.on_ask = [this] {
    backend_.status.roll.reset();
    return absl::OkStatus();
  };
  EXPECT_THAT(Ask("POST /v1/abort"),
              testing::AllOf(StartsWith("HTTP/1.1 202 "), testing::EndsWith("{\"roll\":7}\n")));
}

TEST_F(ControlApiTest, WhereThereIsNothingToPauseIs409) {
  Start();
  backend_.on_ask = [] { return absl::FailedPreconditionError("no roll is under way"); };
  for (const char* line : {"POST /v1/pause", "POST /v1/resume", "POST /v1/abort"}) {
    EXPECT_THAT(Ask(line), testing::AllOf(StartsWith("HTTP/1.1 409 "),
                                          HasSubstr(R"({"error":"no roll is under way"})")));
  }
}

TEST_F(ControlApiTest, HistoryIsJson) {
  Start();
  backend_.history.generations.push_back({.number = 1, .command = {"./server"}});
  EXPECT_THAT(Ask("GET /v1/history"), HasSubstr("\r\n\r\n" + ToJson(backend_.history) + "\n"));
}

TEST_F(ControlApiTest, StopIsPassedOn) {
  Start();
  EXPECT_THAT(Ask("POST /v1/stop"), StartsWith("HTTP/1.1 202 "));
  EXPECT_EQ(backend_.stops, 1);
}

TEST_F(ControlApiTest, WhatIsNotThereOrNotAllowedIsSaid) {
  Start();
  EXPECT_THAT(Ask("GET /"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask("GET /v1/status?x=1"), StartsWith("HTTP/1.1 400 "));
  for (const char* line : {"GET /v1/roll", "GET /v1/stop", "HEAD /v1/undo", "PUT /v1/abort"}) {
    EXPECT_THAT(Ask(line),
                testing::AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: POST\r\n")));
  }
  EXPECT_THAT(Ask("POST /v1/status"), HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_EQ(backend_.stops, 0);
  EXPECT_TRUE(backend_.commands.empty());
}

TEST_F(ControlApiTest, RequestsFollowEachOtherOnOneConnection) {
  Start();
  const os::UniqueFd connection = client_.Connect();
  const std::string stop = "POST /v1/stop HTTP/1.1\r\nHost: x\r\n\r\n";
  client_.Send(connection,
               stop + stop + "POST /v1/stop HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  client_.ReadToEnd(connection);
  EXPECT_EQ(backend_.stops, 3);
}

TEST_F(ControlApiTest, ARequestMayComeByteByByte) {
  Start();
  const os::UniqueFd connection = client_.Connect();
  for (const char c :
       std::string("POST /v1/roll HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")) {
    client_.Send(connection, std::string(1, c));
    ASSERT_TRUE(loop_->Turn(absl::Milliseconds(1)).ok());
  }
  EXPECT_THAT(client_.Read(connection, "{\"roll\":1}"), StartsWith("HTTP/1.1 202 "));
}

TEST_F(ControlApiTest, ExpectContinueIsAnswered) {
  Start();
  const os::UniqueFd connection = client_.Connect();
  client_.Send(
      connection,
      "POST /v1/roll HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client_.Read(connection, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client_.Send(connection, "{}");
  EXPECT_THAT(client_.Read(connection, "{\"roll\":1}"), StartsWith("HTTP/1.1 202 "));
}

TEST_F(ControlApiTest, ARollIsFollowedFromItsBeginningToItsVerdict) {
  Start();
  backend_.Tell("RollBegan");
  backend_.log.Append({.roll = 2, .kind = "Other"});
  const os::UniqueFd connection = client_.Begin("GET /v1/events?roll=1");
  EXPECT_THAT(client_.Read(connection, "RollBegan"),
              HasSubstr("Content-Type: application/jsonl\r\n"));
  backend_.Tell("WorkerStateChanged", "serving", 0);
  EXPECT_THAT(client_.Read(connection, "serving"), HasSubstr("\"slot\":0"));
  backend_.End({.outcome = "rolled", .generation = 2});
  const std::string end = client_.ReadToEnd(connection);
  EXPECT_THAT(end, HasSubstr("\"outcome\":\"rolled\""));
  EXPECT_THAT(end, testing::EndsWith("\r\n0\r\n\r\n"));
  EXPECT_EQ(api_->connections(), 0U);
  EXPECT_THAT(Ask("GET /v1/events?roll=1"),
              testing::AllOf(HasSubstr("RollBegan"), HasSubstr("\"outcome\":\"rolled\""),
                             testing::Not(HasSubstr("Other"))));
}

TEST_F(ControlApiTest, WithoutARollEverythingIsFollowedFromNowOn) {
  Start();
  backend_.Tell("Former");
  const os::UniqueFd connection = client_.Begin("GET /v1/events");
  EXPECT_THAT(client_.Read(connection, "\r\n\r\n"), testing::Not(HasSubstr("Former")));
  backend_.Tell("Later");
  EXPECT_THAT(client_.Read(connection, "Later"), HasSubstr("Later"));
}

TEST_F(ControlApiTest, ARollThatIsNotKnownIs404) {
  Start();
  EXPECT_THAT(Ask("GET /v1/events?roll=1"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask("GET /v1/events?roll=x"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask("GET /v1/events?rol=1"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ControlApiTest, AClientThatNeverReadsIsDroppedAndHoldsLittle) {
  Start({.max_pending = 4096, .patience = absl::Milliseconds(50)});
  const os::UniqueFd connection = client_.Begin("GET /v1/events");
  client_.Read(connection, "\r\n\r\n");
  const os::UniqueFd other = client_.Connect();
  while (api_->connections() > 0) {
    backend_.Tell(std::string(1000, 'x'));
    ASSERT_TRUE(loop_->Turn(absl::Milliseconds(1)).ok());
  }
}

TEST_F(ControlApiTest, AClientThatSendsTooSlowlyIsDropped) {
  Start({.patience = absl::Milliseconds(20)});
  const os::UniqueFd connection = client_.Connect();
  client_.Send(connection, "GET /v1/sta");
  EXPECT_EQ(client_.ReadToEnd(connection), "");
  EXPECT_EQ(api_->connections(), 0U);
}

TEST_F(ControlApiTest, HeadAndBodyAreBounded) {
  Start({.max_head = 1024, .max_body = 16});
  const os::UniqueFd connection = client_.Connect();
  client_.Send(connection, "GET /v1/status HTTP/1.1\r\nA: " + std::string(2000, 'x'));
  EXPECT_THAT(client_.ReadToEnd(connection), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Ask("POST /v1/roll", std::string(17, ' ')), StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(backend_.commands.empty());
}

TEST_F(ControlApiTest, TooManyClientsAreToldSo) {
  Start({.max_connections = 2});
  std::vector<os::UniqueFd> connections;
  for (int i = 0; i < 2; ++i) connections.push_back(client_.Connect());
  client_.Await([this] { return api_->connections() == 2; });
  EXPECT_THAT(client_.ReadToEnd(client_.Connect()), StartsWith("HTTP/1.1 503 "));
  connections.clear();
  client_.Await([this] { return api_->connections() == 0; });
  EXPECT_THAT(Ask("GET /v1/status"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ControlApiTest, AClientThatLeavesWhileItFollowsIsForgotten) {
  Start();
  {
    const os::UniqueFd connection = client_.Begin("GET /v1/events");
    client_.Read(connection, "\r\n\r\n");
  }
  client_.Await([this] { return api_->connections() == 0; });
  backend_.Tell("NobodyHears");
}

TEST_F(ControlApiTest, AFollowerWhoFallsBehindTheLogIsCutOff) {
  Start({.max_pending = 1});
  const os::UniqueFd connection = client_.Begin("GET /v1/events");
  client_.Read(connection, "\r\n\r\n");
  // More than the socket's buffers and the log can hold together.
  for (int i = 0; i < 2000; ++i) backend_.Tell(std::string(1000, 'x'));
  EXPECT_THAT(client_.ReadToEnd(connection), testing::Not(HasSubstr("\r\n0\r\n\r\n")));
  EXPECT_EQ(api_->connections(), 0U);
}

}  // namespace
}  // namespace rollport::controller
