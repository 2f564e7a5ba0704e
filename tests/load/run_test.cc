// The judge is judged: servers that fail on purpose, and a count that must be exactly right.
#include "load/run.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "load/report.h"
#include "os/socket.h"
#include "tests/support/scripted_server.h"

namespace rollport::load {
namespace {

using test::Answer;
using test::GoodScript;
using test::Peer;
using test::ScriptedServer;

class RunTest : public testing::Test {
 protected:
  // `requests` from one client of `kind`, which expects "hello".
  static Plan PlanFor(const std::string& url, ClientKind kind, uint64_t requests) {
    Plan plan;
    plan.targets.push_back({.url = *ParseUrl(url), .body = "hello"});
    plan.Clients(kind) = 1;
    plan.requests = requests;
    plan.habits.think = absl::ZeroDuration();
    plan.habits.idle_interval = absl::Milliseconds(20);
    plan.habits.slow_pause = absl::Milliseconds(1);
    return plan;
  }

  const Tally& Execute(Plan plan) {
    plan_ = std::move(plan);
    EXPECT_EQ(CheckPlan(plan_), absl::OkStatus());
    run_ = std::make_unique<load::Run>(*loop_, plan_);
    EXPECT_EQ(run_->Execute(), absl::OkStatus());
    return run_->tally();
  }

  // Expects that each of `requests` requests had this outcome, and that nothing else was counted.
  void ExpectAll(Outcome outcome, uint64_t requests, const Tally& tally) {
    for (const Outcome each : AllOutcomes()) {
      EXPECT_EQ(tally.Count(each), each == outcome ? requests : 0) << OutcomeName(each);
    }
    EXPECT_EQ(tally.requests(), requests);
    EXPECT_EQ(tally.lost(), IsLost(outcome) ? requests : 0);
    EXPECT_EQ(tally.losses().size(), outcome == Outcome::kOk ? 0 : requests);
    EXPECT_EQ(tally.connections().stray, 0);
  }

  // Three connections, each with one request that the script spoils in the same way.
  void ExpectSpoilt(Outcome outcome, const ScriptedServer::Script& script,
                    absl::Duration timeout = absl::Seconds(5)) {
    for (const ClientKind kind : {ClientKind::kFresh, ClientKind::kBusy, ClientKind::kSlowReader}) {
      const ScriptedServer server(script);
      Plan plan = PlanFor(server.url(), kind, 3);
      plan.timeout = timeout;
      SCOPED_TRACE(ClientKindName(kind));
      ExpectAll(outcome, 3, Execute(std::move(plan)));
      EXPECT_EQ(JudgeRun(run_->tally()), Verdict::kLost);
      EXPECT_EQ(server.connections(), 3);
    }
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  Plan plan_;
  std::unique_ptr<load::Run> run_;
};

TEST_F(RunTest, AGoodServerLosesNothingWithAnyKindOfClient) {
  for (const ClientKind kind : AllClientKinds()) {
    const ScriptedServer server(GoodScript("hello"));
    SCOPED_TRACE(ClientKindName(kind));
    ExpectAll(Outcome::kOk, 20, Execute(PlanFor(server.url(), kind, 20)));
    EXPECT_EQ(server.connections(), kind == ClientKind::kFresh ? 20 : 1);
    EXPECT_EQ(run_->tally().connections().opened, server.connections());
    EXPECT_EQ(JudgeRun(run_->tally()), Verdict::kClean);
  }
}

TEST_F(RunTest, AllKindsAtOnceOverBothFamilies) {
  const std::string body(300'000, 'x');
  const ScriptedServer v4(GoodScript(body)), v6(GoodScript(body), "[::1]:0");
  Plan plan = PlanFor(v4.url(), ClientKind::kFresh, 500);
  plan.targets.push_back({.url = *ParseUrl(v6.url())});
  for (Target& target : plan.targets) target.body = body;
  for (const ClientKind kind : AllClientKinds()) plan.Clients(kind) = 3;
  plan.habits.slow_bytes = 20'000;
  plan.habits.post_bytes = 100'000;
  ExpectAll(Outcome::kOk, 500, Execute(std::move(plan)));
  EXPECT_GT(v4.connections(), 0);
  EXPECT_GT(v6.connections(), 0);
}

TEST_F(RunTest, Refused) {
  const os::UniqueFd bound = *os::Bind(*os::SocketAddress::Parse("127.0.0.1:0"));
  const std::string url = "http://" + os::LocalAddress(bound.get())->ToString() + "/";
  ExpectAll(Outcome::kRefused, 3, Execute(PlanFor(url, ClientKind::kBusy, 3)));
  EXPECT_EQ(run_->tally().losses()[0].detail, "connect: Connection refused");
  EXPECT_EQ(run_->tally().connections().opened, 0);
}

TEST_F(RunTest, ConnectTimeoutIfTheBacklogIsFull) {
  const os::UniqueFd listener = *os::Listen(*os::SocketAddress::Parse("127.0.0.1:0"), 0);
  const os::SocketAddress address = *os::LocalAddress(listener.get());
  // A backlog of 0 has room for one; this one fills it.
  const os::UniqueFd filler = *os::Connect(address);
  Plan plan = PlanFor("http://" + address.ToString(), ClientKind::kFresh, 2);
  plan.timeout = absl::Milliseconds(50);
  ExpectAll(Outcome::kConnectTimeout, 2, Execute(std::move(plan)));
}

TEST_F(RunTest, LateIfNobodyAccepts) {
  const os::UniqueFd listener = *os::Listen(*os::SocketAddress::Parse("127.0.0.1:0"), 16);
  Plan plan =
      PlanFor("http://" + os::LocalAddress(listener.get())->ToString(), ClientKind::kBusy, 2);
  plan.timeout = absl::Milliseconds(50);
  ExpectAll(Outcome::kLate, 2, Execute(std::move(plan)));
}

TEST_F(RunTest, LateAnswers) {
  ExpectSpoilt(
      Outcome::kLate,
      [](Peer& peer, int) {
        peer.Read();
        peer.AwaitEnd();
        peer.Send(Answer("hello"));
      },
      absl::Milliseconds(50));
  ExpectSpoilt(
      Outcome::kLate,
      [](Peer& peer, int) {
        peer.Read();
        peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
        peer.AwaitEnd();
      },
      absl::Milliseconds(50));
}

TEST_F(RunTest, ResetBeforeTheAnswer) {
  ExpectSpoilt(Outcome::kReset, [](Peer& peer, int) {
    peer.Read();
    peer.Reset();
  });
}

TEST_F(RunTest, ResetInTheMiddle) {
  ExpectSpoilt(Outcome::kResetMidway, [](Peer& peer, int) {
    peer.Read();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    peer.Reset();
  });
}

TEST_F(RunTest, ClosedWithoutAnAnswer) {
  ExpectSpoilt(Outcome::kClosed, [](Peer& peer, int) { peer.Read(); });
}

TEST_F(RunTest, CutInTheHeadTheBodyAndAChunk) {
  for (const char* bytes :
       {"HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    SCOPED_TRACE(bytes);
    ExpectSpoilt(Outcome::kCut, [bytes](Peer& peer, int) {
      peer.Read();
      peer.Send(bytes);
    });
  }
}

TEST_F(RunTest, WrongStatus) {
  ExpectSpoilt(Outcome::kWrongStatus, [](Peer& peer, int) {
    peer.Read();
    peer.Send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nhello");
  });
}

TEST_F(RunTest, WrongBody) {
  for (const char* body : {"jello", "hell", "hello!", ""}) {
    ExpectSpoilt(Outcome::kWrongBody, [body](Peer& peer, int) {
      peer.Read();
      peer.Send(Answer(body));
    });
  }
}

TEST_F(RunTest, Malformed) {
  for (const char* bytes :
       {"hello\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello!"}) {
    SCOPED_TRACE(bytes);
    ExpectSpoilt(Outcome::kMalformed, [bytes](Peer& peer, int) {
      peer.Read();
      peer.Send(bytes);
    });
  }
}

TEST_F(RunTest, AnEchoThatBelongsToAnotherRequestIsAWrongBody) {
  const ScriptedServer server([first = std::string()](Peer& peer, int) mutable {
    while (const auto request = peer.Read()) {
      if (first.empty()) first = request->body;
      peer.Send(Answer(first));
    }
  });
  const Tally& tally = Execute(PlanFor(server.url(), ClientKind::kPost, 4));
  EXPECT_EQ(tally.Count(Outcome::kOk), 1);
  EXPECT_EQ(tally.Count(Outcome::kWrongBody), 3);
}

TEST_F(RunTest, AnIdleConnectionMayBeClosedWithoutLoss) {
  const ScriptedServer server([](Peer& peer, int) {
    peer.Read();
    peer.Send(Answer("hello"));
  });
  ExpectAll(Outcome::kOk, 4, Execute(PlanFor(server.url(), ClientKind::kIdle, 4)));
  // Either side may be the first to close the last one.
  EXPECT_GE(run_->tally().connections().idle_closed, 3);
  EXPECT_EQ(server.connections(), 4);
}

TEST_F(RunTest, ARequestThatCrossesTheCloseIsALossOfItsOwnKind) {
  const ScriptedServer server([](Peer& peer, int) {
    peer.Read();
    peer.SendAndClose(Answer("hello"));
  });
  const Tally& tally = Execute(PlanFor(server.url(), ClientKind::kBusy, 6));
  EXPECT_EQ(tally.Count(Outcome::kOk), 3);
  EXPECT_EQ(tally.Count(Outcome::kCrossedClose), 3);
  EXPECT_EQ(tally.lost(), 3);
}

TEST_F(RunTest, ARequestThatHadArrivedHasNotCrossedTheClose) {
  const ScriptedServer server([](Peer& peer, int) {
    peer.Read();
    peer.Send(Answer("hello"));
    peer.Read();
  });
  const Tally& tally = Execute(PlanFor(server.url(), ClientKind::kBusy, 6));
  EXPECT_EQ(tally.Count(Outcome::kOk), 3);
  EXPECT_EQ(tally.Count(Outcome::kClosed), 3);
}

TEST_F(RunTest, AfterConnectionCloseTheNextRequestOpensAnotherConnection) {
  const ScriptedServer server([](Peer& peer, int) {
    peer.Read();
    peer.Send(Answer("hello", "Connection: close\r\n"));
  });
  ExpectAll(Outcome::kOk, 5, Execute(PlanFor(server.url(), ClientKind::kBusy, 5)));
  EXPECT_EQ(server.connections(), 5);
  EXPECT_EQ(run_->tally().connections().idle_closed, 0);
}

// The client does not close first: it would be left with TIME_WAIT, and after 28,000 of them
// without a local port.
TEST_F(RunTest, AServerThatSaysCloseAndDoesNotIsNoted) {
  const ScriptedServer server([](Peer& peer, int) {
    peer.Read();
    peer.Send(Answer("hello", "Connection: close\r\n"));
    peer.AwaitEnd();
  });
  Plan plan = PlanFor(server.url(), ClientKind::kBusy, 2);
  plan.timeout = absl::Milliseconds(50);
  ExpectAll(Outcome::kOk, 2, Execute(std::move(plan)));
  EXPECT_EQ(run_->tally().connections().left_open, 2);
}

TEST_F(RunTest, BytesWithoutARequestSpoilTheVerdict) {
  std::promise<void> answered;
  const ScriptedServer server([&](Peer& peer, int) {
    peer.Read();
    peer.Send(Answer("hello"));
    answered.get_future().wait();
    peer.Send(Answer("hello"));
    peer.AwaitEnd();
  });
  plan_ = PlanFor(server.url(), ClientKind::kIdle, 100);
  plan_.habits.idle_interval = absl::Hours(1);
  RequestMaker maker(plan_);
  Tally tally(loop_->Now(), absl::ZeroDuration(), plan_.bucket);
  RunContext context{.loop = *loop_, .plan = plan_, .maker = maker, .tally = tally};
  context.on_free = [&](Client&) { answered.set_value(); };
  context.on_loss = [] {};
  Client client(context, ClientKind::kIdle, 0);
  client.Start(loop_->Now());
  while (tally.connections().stray == 0) ASSERT_TRUE(loop_->Turn().ok());
  EXPECT_EQ(tally.Count(Outcome::kOk), 1);
  EXPECT_EQ(tally.lost(), 0);
  EXPECT_EQ(JudgeRun(tally), Verdict::kLost);
  client.Abandon();
}

TEST_F(RunTest, ALackOfDescriptorsIsTheGeneratorsOwnTrouble) {
  const ScriptedServer server(GoodScript("hello"));
  plan_ = PlanFor(server.url(), ClientKind::kFresh, 3);
  run_ = std::make_unique<load::Run>(*loop_, plan_);
  load::Run& run = *run_;  // UBSan needs a descriptor to look through `this`
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const absl::Status status = run.Execute();
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(status, absl::OkStatus());
  ExpectAll(Outcome::kLocalError, 3, run.tally());
  EXPECT_EQ(JudgeRun(run.tally()), Verdict::kUnknown);
}

TEST_F(RunTest, TheGeneratorsErrnosAreNotTheServers) {
  for (const int error : {EADDRNOTAVAIL, EMFILE, ENOBUFS, EPERM, EADDRINUSE}) {
    EXPECT_EQ(OutcomeOfConnectError(error), Outcome::kLocalError) << error;
  }
  EXPECT_EQ(OutcomeOfConnectError(ENETUNREACH), Outcome::kUnreachable);
  EXPECT_EQ(OutcomeOfConnectError(ETIMEDOUT), Outcome::kConnectTimeout);
}

TEST_F(RunTest, WallStartIsTheWallClockAtTheInstantOfTheStart) {
  plan_ = PlanFor("http://127.0.0.1:1/", ClientKind::kBusy, 1);
  const absl::Time before = absl::Now();
  const std::unique_ptr<os::EventLoop> loop = *os::EventLoop::Create();
  const absl::Time after = absl::Now();
  // The loop's time gets old.
  while (absl::Now() < after + absl::Milliseconds(20)) {
  }
  const load::Run run(*loop, plan_);
  EXPECT_GE(run.wall_start(), before - absl::Milliseconds(1));
  EXPECT_LE(run.wall_start(), after + absl::Milliseconds(10));
}

TEST_F(RunTest, StopsAtTheFirstLossIfAsked) {
  const ScriptedServer server([](Peer& peer, int number) {
    if (number == 3) return peer.Reset();
    GoodScript("hello")(peer, number);
  });
  Plan plan = PlanFor(server.url(), ClientKind::kFresh, 1000);
  plan.stop_on_loss = true;
  const Tally& tally = Execute(std::move(plan));
  EXPECT_EQ(tally.lost(), 1);
  EXPECT_EQ(tally.requests(), 4);
}

TEST_F(RunTest, ALossTellsWhereItWas) {
  const ScriptedServer server([](Peer& peer, int) {
    peer.Read();
    peer.Send(Answer("hello", "X-Rollport-Slot: 3\r\nX-Rollport-Generation: 9\r\n"));
    peer.Read();
    peer.Reset();
  });
  const Tally& tally = Execute(PlanFor(server.url("/a"), ClientKind::kBusy, 2));
  ASSERT_EQ(tally.losses().size(), 1);
  const Loss& loss = tally.losses()[0];
  EXPECT_EQ(loss.url, server.url("/a"));
  EXPECT_EQ(loss.served_by, "slot 3 generation 9");
  EXPECT_EQ(loss.local.rfind("127.0.0.1:", 0), 0) << loss.local;
  EXPECT_NE(loss.local, "127.0.0.1:0");
  EXPECT_EQ(loss.detail, "recv: Connection reset by peer");
  EXPECT_EQ(tally.servers(), (std::map<std::string, uint64_t>{{"slot 3 generation 9", 1}}));
}

// With a stall of 200 ms and a request due each 10 ms, a closed loop would see one slow request.
TEST_F(RunTest, AnOpenLoopChargesAStallToEveryRequestThatWasDue) {
  const ScriptedServer server([](Peer& peer, int) {
    for (int i = 0; peer.Read().has_value(); ++i) {
      if (i == 5) std::this_thread::sleep_for(std::chrono::milliseconds(200));  // the fault itself
      peer.Send(Answer("hello"));
    }
  });
  Plan plan = PlanFor(server.url(), ClientKind::kBusy, 40);
  plan.rate = 100;
  const Tally& tally = Execute(std::move(plan));
  ExpectAll(Outcome::kOk, 40, tally);
  EXPECT_GT(tally.Latency().Quantile(0.75), absl::Milliseconds(50));
  EXPECT_GE(tally.Latency().max(), absl::Milliseconds(200));
  EXPECT_EQ(run_->never_begun(), 0);
}

TEST_F(RunTest, AbandonedRequestsAreUnfinished) {
  const ScriptedServer server([](Peer& peer, int) { peer.AwaitEnd(); });
  plan_ = PlanFor(server.url(), ClientKind::kBusy, 1);
  run_ = std::make_unique<load::Run>(*loop_, plan_);
  os::Timer stop(*loop_, [&] { run_->Abandon(); });
  stop.After(absl::Milliseconds(20));
  EXPECT_EQ(run_->Execute(), absl::OkStatus());
  EXPECT_EQ(run_->tally().Count(Outcome::kUnfinished), run_->tally().requests());
  EXPECT_EQ(JudgeRun(run_->tally()), Verdict::kUnknown);
}

}  // namespace
}  // namespace rollport::load
