#include "controller/endpoints/live_page.h"

#include <memory>
#include <string>
#include <utility>

#include "controller/endpoints/event_stream.h"
#include "controller/endpoints/stream_limit.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "live_page/live_page.h"
#include "os/socket.h"
#include "tests/controller/support/http_client.h"

namespace rollport::controller {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class LivePageTest : public testing::Test {
 protected:
  LivePageTest() {
    os::UniqueFd listener = *os::ListenAlone(*os::SocketAddress::Parse("127.0.0.1:0"), 16);
    address_ = *os::LocalAddress(listener.get());
    api_ = *AdminApi::Start(*loop_, std::move(listener));
    AddLivePage(*api_);
    api_->Add("/events", [this](const admin::Request& request) {
      return limit_.Admit(
          ServeEvents(*loop_, events_, request, [](const api::FleetEvent& e) { return e.kind; }));
    });
  }
  // The answer up to `end`, or to its end.
  std::string Ask(const std::string& target, const std::string& end,
                  const std::string& fields = "") {
    return client_.Read(client_.Begin("GET " + target, "Connection: close\r\n" + fields), end);
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  api::EventLog events_{4};
  StreamLimit limit_{2};
  os::SocketAddress address_;
  std::unique_ptr<AdminApi> api_;
  const HttpClient client_{*loop_, [this] { return *os::Connect(address_); }};
};

TEST_F(LivePageTest, IsServedWithAPolicyThatLetsItRunAndNothingElse) {
  const std::string answer = Ask("/", "\1");
  EXPECT_THAT(answer,
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                    HasSubstr("Content-Type: text/html; charset=utf-8\r\n"),
                    HasSubstr("Content-Security-Policy: default-src 'none'; "),
                    HasSubstr("X-Content-Type-Options: nosniff\r\n"), Not(HasSubstr("Set-Cookie")),
                    Not(HasSubstr("unsafe-inline")), EndsWith("</html>\n")));
}

TEST_F(LivePageTest, NamesNobodyElse) {
  const std::string html(live_page::Html());
  EXPECT_THAT(html, AllOf(Not(HasSubstr("https://")), Not(HasSubstr("@STYLE@")),
                          Not(HasSubstr("@SCRIPT@")), Not(HasSubstr("innerHTML"))));
  // But in the names of XML's vocabularies.
  size_t at = 0;
  while ((at = html.find("http://", at)) != std::string::npos) {
    EXPECT_EQ(html.substr(at, 26), "http://www.w3.org/2000/svg");
    ++at;
  }
}

TEST_F(LivePageTest, EventsBeginWhereItAsks) {
  for (const char* kind : {"One", "Two", "Three", "Four", "Five"}) events_.Append({.kind = kind});
  // The log keeps four.
  EXPECT_THAT(Ask("/events?after=0", "Five"),
              AllOf(HasSubstr("id: 2\ndata: Two\n\n"), HasSubstr("id: 5\ndata: Five\n\n")));
  EXPECT_THAT(Ask("/events?after=4", "Five"), Not(HasSubstr("Four")));
  EXPECT_THAT(Ask("/events?after=1", "Five"), HasSubstr("Two"));
  // A browser that comes back knows better than the address that it began with.
  EXPECT_THAT(Ask("/events?after=0", "Five", "Last-Event-ID: 3\r\n"),
              AllOf(Not(HasSubstr("Three")), HasSubstr("Four")));
}

TEST_F(LivePageTest, PagesThatAreLeftOpenLeaveRoomForOthers) {
  os::UniqueFd one = client_.Begin("GET /events");
  const os::UniqueFd two = client_.Begin("GET /events");
  EXPECT_THAT(client_.Read(one, "\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(client_.Read(two, "\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Ask("/events", "\1"), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(Ask("/", "\1"), StartsWith("HTTP/1.1 200 "));
  // One that is closed makes room.
  one = os::UniqueFd();
  client_.Await([this] { return api_->connections() == 1; });
  EXPECT_THAT(Ask("/events", "\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(LivePageTest, ANumberOfAFormerControllerIsNoPlaceToBeginAt) {
  events_.Append({.kind = "One"});
  EXPECT_THAT(Ask("/events?after=0", "One", "Last-Event-ID: 900\r\n"), HasSubstr("One"));
  for (const char* target :
       {"/events?after=900", "/events?after=-1", "/events?after=x", "/events"}) {
    EXPECT_THAT(Ask(target, "\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 200 "), Not(HasSubstr("One"))));
  }
}

}  // namespace
}  // namespace rollport::controller
