// An exchange and its handles, with a connection that only writes down what it is told.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protocol/mapped_page.h"
#include "worker/exchange.h"

namespace rollport::worker {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class FakeConnection final : public ExchangeOwner {
 public:
  bool StaysOpen(bool delimited) override {
    said.push_back(delimited ? "stays?" : "stays, to the close?");
    return true;
  }
  void SendSoon() override { said.push_back("send"); }
  void Answered(const AnsweredRequest& request) override {
    said.push_back("answered " + std::string(request.method) + " with " +
                   std::to_string(request.status) + ", " + std::to_string(request.content_sent));
  }
  void AnswerBroken() override {
    said.push_back("broken");
    exchange->Detach();
  }
  std::string peer() const override { return "192.0.2.7:1"; }

  Exchange* exchange = nullptr;
  std::vector<std::string> said;
};

class ExchangeOwnerTest : public testing::Test {
 protected:
  ExchangeOwnerTest() {
    connection_.exchange = new Exchange(&connection_, context_, output_);
    head_.method = "GET";
    head_.target = "/a?b";
  }
  ~ExchangeOwnerTest() override {
    if (connection_.exchange != nullptr) Detach();
  }
  Exchange& exchange() { return *connection_.exchange; }
  void Detach() { std::exchange(connection_.exchange, nullptr)->Detach(); }
  // Gives a request to a handler that keeps its handles.
  void Give() {
    handler_ = [this](const Request& request, Response response) {
      request_.emplace(request);
      response_.emplace(std::move(response));
    };
    exchange().received().Begin(&handler_, Instant::FromNanos(7));
    exchange().received().AppendBody("body");
    exchange().received().Complete(&head_, http::SplitTarget(head_.target));
    exchange().Give();
  }
  std::string Written() { return std::exchange(*output_.bytes(), {}); }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  const WorkerOptions options_;
  const Router router_;
  protocol::MappedPage page_ = *protocol::MappedPage::Private();
  const std::string fields_ = "X-Every: answer\r\n";
  const std::function<void(const Worker::AccessRecord&)> on_access_;
  Context context_{.loop = *loop_,
                   .options = options_,
                   .limits = TimeLimits(options_),
                   .router = router_,
                   .page = *page_,
                   .fields = fields_,
                   .on_access = on_access_,
                   .pool = {},
                   .scratch = {},
                   .date = {},
                   .batches = {}};
  Output output_{context_.pool};
  FakeConnection connection_;
  http::RequestHead head_;
  Handler handler_;
  std::optional<Request> request_;
  std::optional<Response> response_;
};

TEST_F(ExchangeOwnerTest, AWholeAnswerIsReportedOnce) {
  Give();
  EXPECT_EQ(request_->path(), "/a");
  EXPECT_EQ(request_->body(), "body");
  EXPECT_EQ(request_->peer(), "192.0.2.7:1");
  response_->Send(200, "text/plain", "hello");
  response_->Send(500, "text/plain", "again");
  EXPECT_THAT(connection_.said, ElementsAre("stays?", "answered GET with 200, 5"));
  EXPECT_EQ(request_->path(), "") << "it reads as an empty one";
  const std::string written = Written();
  EXPECT_THAT(written, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(written, HasSubstr("X-Every: answer\r\n"));
  EXPECT_THAT(written, EndsWith("\r\n\r\nhello"));
}

TEST_F(ExchangeOwnerTest, TheLastHandleWithoutAnAnswerGivesA500) {
  Give();
  auto copy = std::make_unique<Response>(*response_);
  response_.reset();
  EXPECT_THAT(connection_.said, IsEmpty()) << "there is another handle";
  copy.reset();
  EXPECT_THAT(connection_.said, ElementsAre("stays?", "answered GET with 500, 26"));
  EXPECT_FALSE(exchange().has_handles());
}

TEST_F(ExchangeOwnerTest, TheLastHandleInAStreamBreaksTheConnection) {
  Give();
  response_->Start(200, "");
  EXPECT_TRUE(response_->Write("half"));
  connection_.said.clear();
  FakeConnection& connection = connection_;
  response_.reset();
  EXPECT_THAT(connection.said, ElementsAre("broken"));
  connection.exchange = nullptr;  // it has deleted itself
}

TEST_F(ExchangeOwnerTest, AStreamToHttp10EndsWithTheConnection) {
  head_.minor_version = 0;
  Give();
  response_->Start(200, "");
  response_->Write("all");
  response_->End();
  EXPECT_THAT(connection_.said,
              ElementsAre("stays, to the close?", "send", "send", "answered GET with 200, 3"));
  EXPECT_THAT(Written(), EndsWith("\r\n\r\nall"));
}

TEST_F(ExchangeOwnerTest, AWriterIsAskedToWaitAndCalledOnce) {
  Give();
  response_->Start(200, "");
  EXPECT_TRUE(response_->Write("x"));
  EXPECT_FALSE(response_->Write(std::string(64 << 10, 'x')));
  int calls = 0;
  response_->OnWritable([&calls] { ++calls; });
  EXPECT_TRUE(exchange().CallWritable());
  EXPECT_FALSE(exchange().CallWritable());
  EXPECT_EQ(calls, 1);
}

TEST_F(ExchangeOwnerTest, AfterTheConnectionHasGoneHandlesAreHarmless) {
  Give();
  bool aborted = false;
  response_->OnAbort([&aborted] { aborted = true; });
  Detach();
  EXPECT_TRUE(aborted && response_->aborted());
  EXPECT_EQ(request_->method(), "");
  EXPECT_EQ(request_->peer(), "");
  response_->Send(200, "", "late");
  EXPECT_FALSE(response_->Write("late"));
  EXPECT_THAT(connection_.said, IsEmpty());
  EXPECT_EQ(Written(), "");
}

TEST_F(ExchangeOwnerTest, AnAnsweredRequestIsNotAborted) {
  Give();
  bool aborted = false;
  response_->OnAbort([&aborted] { aborted = true; });
  response_->Send(200, "", "x");
  Detach();
  EXPECT_FALSE(aborted || response_->aborted());
}

TEST_F(ExchangeOwnerTest, WithoutHandlesItIsUsedForTheNextRequest) {
  for (int i = 0; i < 2; ++i) {
    Give();
    response_->Send(204, "text/plain", "no content");
    response_.reset();
    EXPECT_FALSE(exchange().has_handles());
  }
  EXPECT_THAT(connection_.said, ElementsAre("stays?", "answered GET with 204, 0", "stays?",
                                            "answered GET with 204, 0"));
}

}  // namespace
}  // namespace rollport::worker
