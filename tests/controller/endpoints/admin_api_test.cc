#include "controller/endpoints/admin_api.h"

#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/endpoints/admin_listener.h"
#include "controller/endpoints/event_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/sock_diag.h"
#include "os/socket.h"

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
  void Turn() { ASSERT_TRUE(loop_->Turn(absl::Milliseconds(10)).ok()); }
  os::UniqueFd Send(const std::string& bytes) {
    os::UniqueFd client = *os::Connect(address_);
    EXPECT_EQ(send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    return client;
  }
  // Turns the loop until the answer holds `end`, or ends.
  std::string Read(const os::UniqueFd& client, const std::string& end) {
    std::string answer;
    char buffer[1 << 16];
    while (answer.find(end) == std::string::npos) {
      EXPECT_TRUE(loop_->Turn(absl::Milliseconds(1)).ok());
      const ssize_t n = recv(client.get(), buffer, sizeof buffer, 0);
      if (n == 0 || (n < 0 && errno != EAGAIN)) break;
      if (n > 0) answer.append(buffer, static_cast<size_t>(n));
    }
    return answer;
  }
  std::string Ask(const std::string& line, const std::string& fields = "") {
    const os::UniqueFd client =
        Send(line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + fields + "\r\n");
    return Read(client, "\1");
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  api::EventLog events_{64};
  os::SocketAddress address_;
  std::unique_ptr<AdminApi> api_;
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

TEST_F(AdminApiTest, HundredsOfHalfOpenRequestsLeaveRoomForAWholeOne) {
  Start();
  std::vector<os::UniqueFd> clients;
  for (int i = 0; i < 400; ++i) clients.push_back(Send("GET /page HT"));
  EXPECT_THAT(Ask("GET /page"), StartsWith("HTTP/1.1 200 "));
  EXPECT_LE(api_->connections(), 2 * kAdminLimits.max_connections);
}

TEST_F(AdminApiTest, WhoNeverReadsIsDropped) {
  admin::Limits limits = kAdminLimits;
  limits.patience = absl::Milliseconds(50);
  Start(limits);
  std::vector<os::UniqueFd> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(Send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
  while (api_->connections() < 5) Turn();
  EXPECT_THAT(Ask("GET /page"), StartsWith("HTTP/1.1 200 "));
  while (api_->connections() > 0) Turn();
}

TEST_F(AdminApiTest, GarbageIsRefused) {
  Start();
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01\r\n\r\n"), std::string(100'000, '\xff'),
        std::string("GET /page HTTP/1.1\r\n bad\r\n\r\n"), std::string(20'000, 'A')}) {
    const os::UniqueFd client = Send(bytes);
    EXPECT_THAT(Read(client, "\1"), testing::AnyOf("", StartsWith("HTTP/1.1 4")));
  }
  EXPECT_THAT(Ask("GET /page"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminApiTest, ManyRequestsAtOnceAreAnsweredOneATurn) {
  Start();
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += "GET /page HTTP/1.1\r\nHost: x\r\n\r\n";
  const os::UniqueFd client = Send(bytes + "GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
  int turns = 0;
  os::Timer other(*loop_, [&] { ++turns, other.After(absl::ZeroDuration()); });
  other.After(absl::ZeroDuration());
  Read(client, "404");
  EXPECT_GE(turns, 100);
}

TEST_F(AdminApiTest, EventsAreStreamedAndTakenUpAgain) {
  Start();
  events_.Append({.kind = "Former"});
  const os::UniqueFd client = Send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(Read(client, "\r\n\r\n"), HasSubstr("Content-Type: text/event-stream\r\n"));
  events_.Append({.kind = "Second"});
  EXPECT_THAT(Read(client, "Second\n\n"),
              AllOf(HasSubstr("id: 2\ndata: Second\n\n"), testing::Not(HasSubstr("Former"))));
  events_.Append({.kind = "Third"});
  const os::UniqueFd again = Send("GET /events HTTP/1.0\r\nHost: x\r\nLast-Event-ID: 2\r\n\r\n");
  EXPECT_THAT(Read(again, "Third"),
              AllOf(testing::Not(HasSubstr("Second")), testing::Not(HasSubstr("chunked"))));
}

TEST_F(AdminApiTest, AStreamGivesASignOfLife) {
  EventStream stream(events_, {.format = [](const api::FleetEvent& e) { return e.kind; }}, *loop_,
                     absl::Milliseconds(5), ": alive\n\n");
  int calls = 0;
  std::string piece;
  stream.Begin([&] { ++calls; });
  EXPECT_EQ(stream.Take(&piece), admin::Stream::State::kWait);
  while (calls == 0) Turn();
  EXPECT_EQ(stream.Take(&piece), admin::Stream::State::kPiece);
  EXPECT_EQ(piece, ": alive\n\n");
  EXPECT_EQ(stream.Take(&piece), admin::Stream::State::kWait);
}

TEST_F(AdminApiTest, ATakenAddressIsNamedWithItsHolderAndWhatToDo) {
  Start();
  os::SockDiag diag = *os::SockDiag::Create();
  const std::string text(ListenAdmin(diag, address_.ToString()).status().message());
  EXPECT_THAT(text, AllOf(StartsWith("admin: bind on " + address_.ToString()),
                          HasSubstr("process " + std::to_string(getpid())),
                          HasSubstr("give this fleet an address of its own")));
}

}  // namespace
}  // namespace rollport::controller
