#include "os/address.h"

#include <cstring>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::os {
namespace {

TEST(AddressTest, WhatParsesPrintsAsItWas) {
  for (const char* text : {"0.0.0.0:8080", "127.0.0.1:0", "[::]:65535", "[::1]:80",
                           "[2001:db8::7]:443", "255.255.255.255:1", "[fe80::1%lo]:80"}) {
    const auto address = SocketAddress::Parse(text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->ToString(), text);
    sockaddr_storage storage;
    const socklen_t length = address->ToSockaddr(&storage);
    EXPECT_EQ(*SocketAddress::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), length),
              *address);
  }
}

struct BadCase {
  const char* text;
  const char* why;
};

class BadAddressTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadAddressTest, SaysWhatIsWrong) {
  const auto address = SocketAddress::Parse(GetParam().text);
  ASSERT_FALSE(address.ok());
  EXPECT_EQ(address.status().message(),
            std::string("bad address \"") + GetParam().text + "\": " + GetParam().why);
}

constexpr char kPort[] = "the port is not a number from 0 to 65535";
constexpr char kV4[] = "not a numeric IPv4 address";
constexpr char kForm[] = "expected ADDRESS:PORT, such as 127.0.0.1:8080 or 0.0.0.0:8080";
constexpr char kEvery[] =
    "write \"0.0.0.0:80\" for every IPv4 address, \"[::]:80\" for every IPv6 address";
constexpr char kV6[] = "not a numeric IPv6 address";
INSTANTIATE_TEST_SUITE_P(
    All, BadAddressTest,
    testing::Values(
        BadCase{"", kForm}, BadCase{"8080", kForm}, BadCase{"1.2.3.4:65536", kPort},
        BadCase{"1.2.3.4:-1", kPort}, BadCase{"1.2.3.4:", kPort}, BadCase{"1.2.3.4:80x", kPort},
        BadCase{"1.2.3.4: 80", kPort}, BadCase{"1.2.3:80", kV4}, BadCase{":80", kEvery},
        BadCase{"*:80", kEvery},
        BadCase{"localhost:80", "names are not looked up; write \"127.0.0.1:80\" or \"[::1]:80\""},
        BadCase{"example.com:80", "not a numeric IPv4 address; names are not looked up"},
        BadCase{"*:x", kPort}, BadCase{"[]:80", kV6}, BadCase{"[1.2.3.4]:80", kV6},
        BadCase{"[::1:80", "no closing bracket"}, BadCase{"[::1]", "expected [ADDRESS]:PORT"},
        BadCase{"[::1]x:80", "expected [ADDRESS]:PORT"},
        BadCase{"::1:80", "an IPv6 address stands in brackets: [ADDRESS]:PORT"},
        BadCase{"[fe80::1%no-such]:80", "no such network interface"}));

TEST(AddressTest, ComparesByFamilyHostAndPort) {
  const auto a = *SocketAddress::Parse("10.0.0.1:80"), b = *SocketAddress::Parse("10.0.0.1:81"),
             c = *SocketAddress::Parse("10.0.0.2:80");
  EXPECT_NE(a, b);
  EXPECT_EQ(a, b.with_port(80));
  EXPECT_LT(a, c);
  EXPECT_NE(a, *SocketAddress::Parse("[::]:80"));
}

TEST(AddressTest, KnowsTheWildcards) {
  EXPECT_TRUE(SocketAddress::Parse("0.0.0.0:8080")->IsWildcard());
  EXPECT_TRUE(SocketAddress::Parse("[::]:8080")->IsWildcard());
  EXPECT_FALSE(SocketAddress::Parse("127.0.0.1:8080")->IsWildcard());
  EXPECT_FALSE(SocketAddress::Parse("[::1]:8080")->IsWildcard());
  EXPECT_FALSE(SocketAddress().IsWildcard());
}

TEST(AddressTest, RefusesOtherFamilies) {
  const sockaddr_storage storage = {.ss_family = AF_UNIX};
  EXPECT_FALSE(
      SocketAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&storage), sizeof storage)
          .ok());
}

}  // namespace
}  // namespace rollport::os
