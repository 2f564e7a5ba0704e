#include "fleet_file/canary.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace rollport::fleet_file {
namespace {

absl::Status Check(const std::vector<double>& shares) {
  std::vector<CanaryStep> steps;
  for (const double share : shares) steps.push_back({share, absl::Minutes(1)});
  return CheckCanary(steps);
}

TEST(CanaryTest, SharesRiseAndStayBelowTheWhole) {
  EXPECT_TRUE(Check({}).ok());
  EXPECT_TRUE(Check({0.001, 5, 99.9}).ok());
  for (const double bad : {0.0, -1.0, 100.0, 101.0, std::stod("nan")}) {
    EXPECT_FALSE(Check({bad}).ok()) << bad;
  }
  EXPECT_EQ(Check({5, 5}).message(),
            "a canary's share is above 5%, the step before it, and below 100%, not 5%");
  EXPECT_EQ(Check({100}).message(), "a canary's share is above 0% and below 100%, not 100%");
}

TEST(CanaryTest, AStepLastsUpToAYear) {
  EXPECT_EQ(ParseHold("1m30s"), absl::Seconds(90));
  EXPECT_EQ(ParseHold("0"), absl::ZeroDuration());
  EXPECT_EQ(ParseHold("8760h"), kLongestWait);
  for (const char* bad : {"", "1", "1x", "-1s", "8760h1ns", "inf"}) {
    EXPECT_EQ(ParseHold(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace rollport::fleet_file
