#include "controller/traffic/probe.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "steering/probe_address.h"
#include "tests/support/eventually.h"
#include "tests/support/scripted_server.h"

namespace rollport::controller {
namespace {

using test::Peer;
using test::ScriptedServer;
using testing::HasSubstr;

// "good", "misdirected: …" or "bad: …".
std::string Text(ProbeVerdict verdict, const std::string& detail) {
  if (verdict == ProbeVerdict::kGood) return "good" + detail;
  if (verdict == ProbeVerdict::kSilent) return "silent: " + detail;
  return (verdict == ProbeVerdict::kBad ? "bad: " : "misdirected: ") + detail;
}

class ProbeTest : public testing::Test {
 protected:
  // The port of a server's url.
  static os::SocketAddress AddressOf(const ScriptedServer& server) {
    std::string url = server.url("");
    return *os::SocketAddress::Parse(url.substr(url.find("//") + 2));
  }
  void Begin(ProbeSpec spec, os::UniqueFd kept = os::UniqueFd()) {
    if (spec.timeout == absl::ZeroDuration()) spec.timeout = absl::Seconds(10);
    probe_ = std::make_unique<Probe>(
        *loop_, diag_, std::move(spec),
        [this](ProbeVerdict verdict, const std::string& detail) {
          verdicts_.push_back(Text(verdict, detail));
        },
        std::move(kept));
    EXPECT_TRUE(verdicts_.empty()) << "never from within the constructor";
  }
  // How the probe that has begun ends.
  std::string Await() {
    while (verdicts_.empty()) EXPECT_TRUE(loop_->Turn(absl::Seconds(20)).ok());
    return std::exchange(verdicts_, {})[0];
  }
  // How a probe of this kind ends; it has closed its connection by then.
  std::string Verdict(ProbeSpec spec) {
    Begin(std::move(spec));
    std::string verdict = Await();
    probe_.reset();
    return verdict;
  }
  // What a probe says to a server that does this to every connection.
  std::string VerdictOf(ScriptedServer::Script script) {
    ScriptedServer server(std::move(script));
    return Verdict({.server = AddressOf(server), .path = "/healthz"});
  }
  // How many sockets with this local address the kernel keeps for a connection. Other tests may
  // have been given the same port of another address.
  size_t OpenAt(const os::SocketAddress& local) {
    const uint32_t states =
        1U << TCP_ESTABLISHED | 1U << TCP_FIN_WAIT1 | 1U << TCP_FIN_WAIT2 | 1U << TCP_TIME_WAIT;
    const auto open = *diag_.DumpConnections(AF_INET, local.port(), states);
    return static_cast<size_t>(std::ranges::count(open, local, &os::ConnectionInfo::local));
  }
  // Waits until so many sockets of this local port are in TIME_WAIT, which only follows a close in
  // order by that side.
  bool AwaitTimeWait(uint16_t port, uint32_t wanted) {
    return Eventually([&] {
      return diag_.DumpConnections(AF_INET, port, 1U << TCP_TIME_WAIT)->size() == wanted;
    });
  }
  static ScriptedServer::Script Answering(std::string bytes) {
    return [bytes = std::move(bytes)](Peer& peer, int) {
      peer.Read();
      peer.Send(bytes);
      peer.AwaitEnd();
    };
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  os::SockDiag diag_ = *os::SockDiag::Create();
  std::vector<std::string> verdicts_;
  std::unique_ptr<Probe> probe_;
};

TEST_F(ProbeTest, A2xxIsGoodAndEverythingElseIsNot) {
  EXPECT_EQ(VerdictOf(Answering(test::Answer("fine"))), "good");
  EXPECT_EQ(VerdictOf(Answering("HTTP/1.1 204 No Content\r\n\r\n")), "good");
  EXPECT_EQ(VerdictOf(Answering("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")),
            "bad: HTTP 503 to GET /healthz");
  EXPECT_EQ(VerdictOf(Answering("HTTP/1.1 301 No\r\nContent-Length: 0\r\n\r\n")),
            "bad: HTTP 301 to GET /healthz");
  EXPECT_THAT(VerdictOf(Answering("SSH-2.0-OpenSSH\r\n\r\n")), HasSubstr("bad: GET /healthz: "));
}

TEST_F(ProbeTest, AnAnswerThatBreaksOffIsBad) {
  EXPECT_THAT(VerdictOf([](Peer& peer, int) { peer.Read(); }), HasSubstr("bad: GET /healthz"));
  EXPECT_THAT(VerdictOf([](Peer& peer, int) {
                peer.Read();
                peer.SendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
              }),
              HasSubstr("bad: GET /healthz"));
  EXPECT_THAT(VerdictOf([](Peer& peer, int) {
                peer.Read();
                peer.Reset();
              }),
              HasSubstr("bad: read: "));
}

TEST_F(ProbeTest, AnAnswerInPiecesIsPutTogether) {
  auto body = std::make_shared<std::string>();
  ScriptedServer server([](Peer& peer, int) {
    peer.Read();
    peer.Send("HTTP/1.1 200 OK\r\nTransfer-En");
    peer.Send("coding: chunked\r\n\r\n3\r\none\r\n");
    peer.SendAndClose("3\r\ntwo\r\n0\r\n\r\n");
  });
  EXPECT_EQ(Verdict({.server = AddressOf(server), .path = "/metrics", .body = body}), "good");
  EXPECT_EQ(*body, "onetwo");
}

TEST_F(ProbeTest, WithoutAPathAConnectionIsEnough) {
  ScriptedServer server([](Peer& peer, int) { peer.AwaitEnd(); });
  EXPECT_EQ(Verdict({.server = AddressOf(server)}), "good");
}

TEST_F(ProbeTest, APortThatNoProcessListensOnIsBad) {
  const os::UniqueFd bound = *os::Bind(*os::SocketAddress::Parse("127.0.0.1:0"));
  const os::SocketAddress address = *os::LocalAddress(bound.get());
  EXPECT_EQ(Verdict({.server = address, .path = "/"}),
            "bad: connect to " + address.ToString() + ": Connection refused");
}

TEST_F(ProbeTest, TheDeadlineSaysHowFarItCame) {
  const os::UniqueFd listener = *os::Listen(*os::SocketAddress::Parse("127.0.0.1:0"), 8);
  const os::SocketAddress address = *os::LocalAddress(listener.get());
  ProbeSpec spec{.server = address, .path = "/", .timeout = absl::Milliseconds(20)};
  EXPECT_EQ(Verdict(spec),
            "silent: a probe of " + address.ToString() + " got no answer within 20ms");
  spec.is_wanted = [](uint64_t) { return true; };
  EXPECT_EQ(Verdict(spec),
            "silent: a probe of " + address.ToString() + " was not accepted within 20ms");
}

TEST_F(ProbeTest, AConnectionThatAnotherHasAcceptedIsMisdirected) {
  ScriptedServer server(test::GoodScript("fine"));
  std::vector<uint64_t> asked;
  EXPECT_EQ(Verdict({.server = AddressOf(server),
                     .path = "/",
                     .is_wanted =
                         [&](uint64_t inode) {
                           asked.push_back(inode);
                           return false;
                         }}),
            "misdirected: another listener accepted the probe");
  EXPECT_EQ(asked.size(), 1U);
  EXPECT_NE(asked[0], 0U);
}

TEST_F(ProbeTest, OneThatIsDestroyedDoesNotCallBack) {
  ScriptedServer server(test::GoodScript("fine"));
  for (int turns = 0; turns < 4; ++turns) {
    Begin({.server = AddressOf(server), .path = "/"});
    for (int i = 0; i < turns && verdicts_.empty(); ++i) {
      EXPECT_TRUE(loop_->Turn(absl::Milliseconds(5)).ok());
    }
    verdicts_.clear();
    probe_.reset();
    EXPECT_TRUE(loop_->Turn(absl::Milliseconds(5)).ok());
    EXPECT_TRUE(verdicts_.empty()) << turns;
  }
}

TEST_F(ProbeTest, IsAnOrdinaryClientThatReadsTheWholeAnswerAndLetsTheServerCloseFirst) {
  for (const char* status : {"200 OK", "404 Not Found"}) {
    std::optional<test::PeerRequest> request;
    std::string agent, connection;
    ScriptedServer server([&](Peer& peer, int) {
      request = peer.Read();
      agent = http::FindField(request->head.fields, "User-Agent").value_or("");
      connection = http::FindField(request->head.fields, "Connection").value_or("");
      peer.Send(std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 300000\r\n\r\n");
      peer.SendAndClose(std::string(300'000, 'x'));
    });
    Verdict({.server = AddressOf(server), .path = "/healthz"});
    EXPECT_TRUE(AwaitTimeWait(AddressOf(server).port(), 1)) << status << ": it was reset";
    EXPECT_THAT(agent, testing::MatchesRegex("rollport-probe/[0-9.]+"));
    EXPECT_EQ(connection, "close");
  }
}

TEST_F(ProbeTest, ABadStatusIsToldAlsoIfItsBodyNeverEnds) {
  ScriptedServer server([](Peer& peer, int) {
    peer.Read();
    peer.Send("HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\nhalf");
    peer.AwaitEnd();
  });
  EXPECT_EQ(Verdict({.server = AddressOf(server), .path = "/", .timeout = absl::Milliseconds(30)}),
            "bad: HTTP 503 to GET /");
}

TEST_F(ProbeTest, AConnectionThatIsKeptServesTheNextProbe) {
  ScriptedServer server(test::GoodScript("fine"));
  const ProbeSpec keep{.server = AddressOf(server), .path = "/", .keep = true};
  Begin(keep);
  EXPECT_EQ(Await(), "good");
  os::UniqueFd kept = probe_->TakeConnection();
  ASSERT_TRUE(kept.valid());
  Begin({.server = AddressOf(server), .path = "/"}, std::move(kept));
  EXPECT_EQ(Await(), "good");
  EXPECT_FALSE(probe_->TakeConnection().valid()) << "the server was asked to close it";
  probe_.reset();
  EXPECT_EQ(server.connections(), 1);
  EXPECT_TRUE(AwaitTimeWait(AddressOf(server).port(), 1));
}

TEST_F(ProbeTest, AKeptConnectionThatTheServerHasClosedIsReplaced) {
  for (const bool reset : {false, true}) {
    ScriptedServer server([reset](Peer& peer, int number) {
      peer.Read();
      peer.Send(test::Answer("fine"));
      if (number == 0 && reset) return peer.Reset();
      if (number == 0) return peer.Close();
      peer.AwaitEnd();
    });
    Begin({.server = AddressOf(server), .path = "/", .keep = true});
    EXPECT_EQ(Await(), "good");
    os::UniqueFd kept = probe_->TakeConnection();
    Begin({.server = AddressOf(server), .path = "/", .keep = true}, std::move(kept));
    EXPECT_EQ(Await(), "good") << reset;
    probe_.reset();
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST_F(ProbeTest, AKeptConnectionWhoseAnswerBreaksOffIsNotTriedAgain) {
  ScriptedServer server([](Peer& peer, int) {
    peer.Read();
    peer.Send(test::Answer("fine"));
    peer.Read();
    peer.SendAndClose("HTTP/1.1 200 OK\r\nContent-");
  });
  Begin({.server = AddressOf(server), .path = "/", .keep = true});
  EXPECT_EQ(Await(), "good");
  os::UniqueFd kept = probe_->TakeConnection();
  Begin({.server = AddressOf(server), .path = "/", .keep = true}, std::move(kept));
  EXPECT_THAT(Await(), HasSubstr("bad: GET /"));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(ProbeTest, WithoutAPathItIsGoodOnlyOnceItIsAccepted) {
  const os::UniqueFd hung = *os::Listen(*os::SocketAddress::Parse("127.0.0.1:0"), 7);
  Begin({.server = *os::LocalAddress(hung.get()), .timeout = absl::Milliseconds(50)});
  EXPECT_THAT(Await(), HasSubstr("was not accepted"));
  ScriptedServer open([](Peer& peer, int) { peer.AwaitEnd(); });
  Begin({.server = AddressOf(open)});
  EXPECT_EQ(Await(), "good");
  ScriptedServer brief([](Peer& peer, int) { peer.SendAndClose(""); });
  Begin({.server = AddressOf(brief)});
  EXPECT_EQ(Await(), "good");
}

// net.ipv4.ip_local_port_range may reach into the ports of the probes.
TEST_F(ProbeTest, TakesAnotherPortIfAnOrdinaryClientHasItsPort) {
  const auto any = *os::SocketAddress::Parse("[::1]:0");
  const auto listener = os::Listen(any, 7);
  if (!listener.ok()) GTEST_SKIP() << listener.status();
  const os::SocketAddress server = *os::LocalAddress(listener->get());
  for (const unsigned turn : {0, 1, 3}) {
    const os::SocketAddress source = any.with_port(steering::ProbePort(1000, turn));
    std::vector<os::UniqueFd> held;
    for (unsigned i = 0; i < 3; ++i) {
      held.emplace_back(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_storage storage;
      const socklen_t size =
          any.with_port(steering::ProbePort(1000, turn + i)).ToSockaddr(&storage);
      ASSERT_EQ(bind(held.back().get(), reinterpret_cast<sockaddr*>(&storage), size), 0);
    }
    Begin({.server = server, .source = source, .is_wanted = [](uint64_t) { return true; }});
    std::optional<os::Accepted> accepted;
    while (!accepted.has_value() && verdicts_.empty()) {
      ASSERT_TRUE(loop_->Turn(absl::Milliseconds(1)).ok());
      accepted = *os::Accept4(listener->get());
    }
    EXPECT_EQ(Await(), "good");
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(accepted->peer.port(), steering::ProbePort(1000, turn + 3));
    probe_.reset();
  }
}

TEST_F(ProbeTest, LeavesNoTimeWaitBehind) {
  ScriptedServer server([](Peer& peer, int) { peer.AwaitEnd(); });
  const auto free = *os::LocalAddress(os::Bind(*os::SocketAddress::Parse("127.83.0.1:0"))->get());
  Begin({.server = AddressOf(server), .source = free});
  EXPECT_EQ(Await(), "good");
  EXPECT_EQ(OpenAt(free), 1U);
  probe_.reset();
  EXPECT_EQ(OpenAt(free), 0U) << "it would be in FIN_WAIT, then in TIME_WAIT";
}

}  // namespace
}  // namespace rollport::controller
