#include "controller/endpoints/admin_hosts.h"

#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

os::SocketAddress At(const char* address) { return *os::SocketAddress::Parse(address); }

bool Allowed(const char* host, const char* admin, const std::vector<std::string>& configured = {}) {
  return IsAdminHost(host, At(admin), "Web1", configured);
}

TEST(AdminHostsTest, OnLoopbackItIsLoopbackByAnyPort) {
  for (const char* host : {"127.0.0.1:9180", "127.0.0.1", "localhost:9180", "LOCALHOST",
                           "localhost.", "localhost:8080", "[::1]:9180", "[::1]", "[0:0::1]"}) {
    EXPECT_TRUE(Allowed(host, "127.0.0.1:9180")) << host;
  }
  for (const char* host : {"evil.example:9180", "127.0.0.1.evil.example", "localhost.evil.example",
                           "10.0.0.5:9180", "web1:9180", "[::2]", "[::1", "", ":9180", "[]"}) {
    EXPECT_FALSE(Allowed(host, "127.0.0.1:9180")) << host;
  }
}

TEST(AdminHostsTest, ElsewhereItIsItsAddressAndTheNameOfTheHost) {
  for (const char* host :
       {"10.0.0.5:9180", "10.0.0.5", "web1:9180", "WEB1", "web1.", "localhost"}) {
    EXPECT_TRUE(Allowed(host, "10.0.0.5:9180")) << host;
  }
  for (const char* host : {"10.0.0.6:9180", "web1.evil.example", "web", "evil.example"}) {
    EXPECT_FALSE(Allowed(host, "10.0.0.5:9180")) << host;
  }
  EXPECT_TRUE(Allowed("[2001:DB8:0::5]:9180", "[2001:db8::5]:9180"));
  EXPECT_FALSE(Allowed("[2001:db8::6]:9180", "[2001:db8::5]:9180"));
}

TEST(AdminHostsTest, OnEveryAddressItIsAnyAddressButNoName) {
  for (const char* admin : {"0.0.0.0:9180", "[::]:9180"}) {
    for (const char* host : {"10.0.0.5:9180", "192.0.2.1", "[2001:db8::5]:9180", "web1:9180"}) {
      EXPECT_TRUE(Allowed(host, admin)) << host;
    }
    EXPECT_FALSE(Allowed("evil.example:9180", admin));
    EXPECT_FALSE(Allowed("10.0.0.5.evil.example", admin));
  }
}

TEST(AdminHostsTest, WhatIsConfiguredIsAllowedToo) {
  const std::vector<std::string> configured = {"metrics.Example.com", "192.0.2.7", "[2001:db8::7]"};
  for (const char* host : {"metrics.example.com:9180", "METRICS.example.com.", "192.0.2.7:80",
                           "[2001:db8:0::7]:9180", "localhost"}) {
    EXPECT_TRUE(Allowed(host, "127.0.0.1:9180", configured)) << host;
  }
  EXPECT_FALSE(Allowed("example.com", "127.0.0.1:9180", configured));
  EXPECT_TRUE(Allowed("[2001:db8::8]", "127.0.0.1:9180", {"2001:db8::8"}));
}

}  // namespace
}  // namespace rollport::controller
