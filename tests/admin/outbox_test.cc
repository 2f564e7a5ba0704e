#include "admin/outbox.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "os/unique_fd.h"

namespace rollport::admin {
namespace {

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    ours_.Reset(ends[0]);
    clients_.Reset(ends[1]);
  }
  // All that has come so far.
  std::string Receive() {
    std::string received;
    char buffer[4096];
    for (ssize_t n; (n = read(clients_.get(), buffer, sizeof buffer)) > 0;) {
      received.append(buffer, static_cast<size_t>(n));
    }
    return received;
  }

  os::UniqueFd ours_, clients_;
  Outbox out_;
};

TEST_F(OutboxTest, SendsWhatTheSocketTakesAndThenTheRest) {
  const std::string text(1 << 20, 'x');
  *out_.bytes() += text;
  std::string received;
  int flushes = 0;
  for (; !out_.empty(); ++flushes) {
    const std::optional<size_t> sent = out_.Flush(ours_.get());
    ASSERT_TRUE(sent.has_value());
    received += Receive();
    EXPECT_EQ(out_.pending(), text.size() - received.size());
  }
  EXPECT_GT(flushes, 1);
  EXPECT_TRUE(received == text);
  EXPECT_TRUE(out_.bytes()->empty());
}

TEST_F(OutboxTest, AFullSocketIsNoBrokenOne) {
  *out_.bytes() += std::string(1 << 20, 'x');
  EXPECT_GT(out_.Flush(ours_.get()), 0);
  EXPECT_EQ(out_.Flush(ours_.get()), 0);
}

TEST_F(OutboxTest, ABrokenConnectionIsSaid) {
  *out_.bytes() += "hello";
  clients_.Reset();
  EXPECT_EQ(out_.Flush(ours_.get()), std::nullopt);
}

}  // namespace
}  // namespace rollport::admin
