#include "os/signals.h"

#include <csignal>

#include "gtest/gtest.h"

namespace rollport::os {
namespace {

TEST(SignalsTest, ABlockedSignalIsRead) {
  SignalFd signals = *SignalFd::Create({SIGUSR1, SIGUSR2});
  EXPECT_FALSE(signals.Read().has_value());
  raise(SIGUSR2);
  const auto info = signals.Read();
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->ssi_signo, static_cast<uint32_t>(SIGUSR2));
  EXPECT_EQ(info->ssi_pid, static_cast<uint32_t>(getpid()));
  EXPECT_FALSE(signals.Read().has_value());
}

}  // namespace
}  // namespace rollport::os
