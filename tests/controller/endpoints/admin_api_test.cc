#include "controller/endpoints/admin_api.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/endpoints/event_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/http_client.h"

namespace rollport::controller {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class AdminApiTest : public testing::Test {
 protected:
  void Start(admin::Limits limits = kAdminLimits) {
    os::UniqueFd listener = *os::ListenAlone(*os::SocketAddress::Parse("127.0.0.1:0"), 4096);
    address_ = *os::LocalAddress(listener.get());
    api_ = *AdminApi::Start(*loop_, std::move(listener), limits);
    api_->Add("/page", [](const admin::Request&) { return admin::Response{.body = "text\n"}; });
    api_->Add("/large", [](const admin::Request&) {
      return admin::Response{.body = std::string(8 << 20, 'x')};
    });
    api_->Add("/events", [this](const admin::Request& request) {
      return ServeEvents(*loop_, events_, request, [](const api::FleetEvent& e) { return e.kind; });
    });
  }
  std::string Ask(const std::string& line) { return client_.Ask(line); }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  api::EventLog events_{64};
  os::SocketAddress address_;
  std::unique_ptr<AdminApi> api_;
  const HttpClient client_{*loop_, [this] { return *os::Connect(address_); }};
};

TEST_F(AdminApiTest, APageIsAnswered) {
  Start();
  EXPECT_THAT(Ask("GET /page?x=1"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), testing::EndsWith("\r\n\r\ntext\n")));
  EXPECT_THAT(Ask("HEAD /page"),
              AllOf(HasSubstr("Content-Length: 5\r\n"), testing::EndsWith("\r\n\r\n")));
  EXPECT_THAT(Ask("GET /none"), AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("/page\n")));
}

TEST_F(AdminApiTest, OnlyGetAndHeadAreAllowed) {
  Start();
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get"}) {
    EXPECT_THAT(Ask(std::string(method) + " /page"),
                AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
  }
}

TEST_F(AdminApiTest, ARequestUnderAnotherNameIsToldWhatToDo) {
  Start();
  api_->RestrictTo([](std::string_view host) { return host == "good:1"; });
  const auto ask = [this](const std::string& head) {
    return client_.ReadToEnd(client_.Open(head + "Connection: close\r\n\r\n"));
  };
  EXPECT_THAT(ask("GET /page HTTP/1.1\r\nHost: good:1\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  for (const char* path : {"/page", "/none"}) {
    EXPECT_THAT(ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: evil.example:1\r\n"),
                AllOf(StartsWith("HTTP/1.1 421 Misdirected Request\r\n"),
                      HasSubstr("\r\n\r\n421 the admin address does not go by the name of "
                                "evil.example:1: "),
                      HasSubstr("admin_hosts"), testing::Not(HasSubstr("text\n"))));
  }
  EXPECT_THAT(ask("GET /page HTTP/1.0\r\n"), HasSubstr(" 200 OK\r\n"));
}

// RFC 9112 section 3.2.2.
TEST_F(AdminApiTest, ATargetInAbsoluteFormNamesTheHost) {
  Start();
  api_->RestrictTo([](std::string_view host) { return host == "good:1"; });
  const auto ask = [this](const std::string& authority, const std::string& host) {
    return client_.ReadToEnd(client_.Open("GET http://" + authority + "/page HTTP/1.1\r\nHost: " +
                                          host + "\r\nConnection: close\r\n\r\n"));
  };
  EXPECT_THAT(ask("good:1", "evil.example:1"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(ask("evil.example:1", "good:1"), StartsWith("HTTP/1.1 421 "));
}

TEST_F(AdminApiTest, HundredsOfHalfOpenRequestsLeaveRoomForAWholeOne) {
  Start();
  std::vector<os::UniqueFd> connections;
  for (int i = 0; i < 400; ++i) connections.push_back(client_.Open("GET /page HT"));
  EXPECT_THAT(Ask("GET /page"), StartsWith("HTTP/1.1 200 "));
  EXPECT_LE(api_->connections(), 2 * kAdminLimits.max_connections);
}

TEST_F(AdminApiTest, WhoNeverReadsIsDropped) {
  admin::Limits limits = kAdminLimits;
  limits.patience = absl::Milliseconds(50);
  Start(limits);
  std::vector<os::UniqueFd> connections;
  for (int i = 0; i < 5; ++i) connections.push_back(client_.Begin("GET /large"));
  client_.Await([this] { return api_->connections() == 5; });
  EXPECT_THAT(Ask("GET /page"), StartsWith("HTTP/1.1 200 "));
  client_.Await([this] { return api_->connections() == 0; });
}

TEST_F(AdminApiTest, GarbageIsRefused) {
  Start();
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01\r\n\r\n"), std::string(100'000, '\xff'),
        std::string("GET /page HTTP/1.1\r\n bad\r\n\r\n"), std::string(20'000, 'A')}) {
    const os::UniqueFd connection = client_.Open(bytes);
    EXPECT_THAT(client_.ReadToEnd(connection), testing::AnyOf("", StartsWith("HTTP/1.1 4")));
  }
  EXPECT_THAT(Ask("GET /page"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminApiTest, ManyRequestsAtOnceAreAnsweredOneATurn) {
  Start();
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += "GET /page HTTP/1.1\r\nHost: x\r\n\r\n";
  const os::UniqueFd connection = client_.Open(bytes + "GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
  int turns = 0;
  os::Timer other(*loop_, [&] { ++turns, other.After(absl::ZeroDuration()); });
  other.After(absl::ZeroDuration());
  client_.Read(connection, "404");
  EXPECT_GE(turns, 100);
}

TEST_F(AdminApiTest, EventsAreStreamedAndTakenUpAgain) {
  Start();
  events_.Append({.kind = "Former"});
  const os::UniqueFd connection = client_.Begin("GET /events");
  EXPECT_THAT(client_.Read(connection, "\r\n\r\n"),
              HasSubstr("Content-Type: text/event-stream\r\n"));
  events_.Append({.kind = "Second"});
  EXPECT_THAT(client_.Read(connection, "Second\n\n"),
              AllOf(HasSubstr("id: 2\ndata: Second\n\n"), testing::Not(HasSubstr("Former"))));
  events_.Append({.kind = "Third"});
  const os::UniqueFd again =
      client_.Open("GET /events HTTP/1.0\r\nHost: x\r\nLast-Event-ID: 2\r\n\r\n");
  EXPECT_THAT(client_.Read(again, "Third"),
              AllOf(testing::Not(HasSubstr("Second")), testing::Not(HasSubstr("chunked"))));
}

}  // namespace
}  // namespace rollport::controller
