#include "fleet_file/metrics_place.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::fleet_file {
namespace {

TEST(ResolveMetricsTest, APathAndTheFleetsOwnPortAreAddressed) {
  for (const char* text : {"/metrics", "http://127.0.0.1:{port}/metrics"}) {
    const auto place = ResolveMetrics(text, 3);
    ASSERT_TRUE(place.ok()) << place.status();
    EXPECT_FALSE(place->address.has_value());
    EXPECT_EQ(place->path, "/metrics");
  }
}

TEST(ResolveMetricsTest, ASlotMayHaveAnAddressOfItsOwn) {
  const auto place = ResolveMetrics("http://127.0.0.1:910{slot}/m?x={slot}", 3);
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->address->ToString(), "127.0.0.1:9103");
  EXPECT_EQ(place->path, "/m?x=3");
}

TEST(ResolveMetricsTest, MistakesAreNamed) {
  const auto mistake = [](std::string_view text) {
    return std::string(ResolveMetrics(text, 0).status().message());
  };
  EXPECT_THAT(mistake("metrics"), testing::HasSubstr("is not \"/PATH\""));
  EXPECT_THAT(mistake("/a b"), testing::HasSubstr("is not \"/PATH\""));
  EXPECT_THAT(mistake("http://127.0.0.1:9100/metrics"), testing::HasSubstr("neither {port}"));
  EXPECT_THAT(mistake("http://host{slot}:1/m"), testing::HasSubstr("host0"));
  EXPECT_THAT(mistake("http://127.0.0.1:910{slot}"), testing::HasSubstr("is not \"/PATH\""));
}

}  // namespace
}  // namespace rollport::fleet_file
