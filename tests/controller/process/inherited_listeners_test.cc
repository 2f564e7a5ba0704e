#include "controller/process/inherited_listeners.h"

#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

TEST(ListenerNamesTest, ArePortsBecauseANameMayHoldNoColon) {
  EXPECT_EQ(ListenerNames(
                {*os::SocketAddress::Parse("0.0.0.0:80"), *os::SocketAddress::Parse("[::]:443")}),
            "80:443");
}

}  // namespace
}  // namespace rollport::controller
