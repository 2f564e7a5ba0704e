#include "cli/doctor_text.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

using doctor::CheckUp;
using doctor::Examine;
using doctor::Finding;

const std::vector<CheckUp> kBad = {
    {"steering", Finding::kBad,
     "it does not work, and so a roll may lose half-open handshakes, "
     "which nobody wants",
     "allow it"},
    {"ipv6", Finding::kGood, "works", ""}};

TEST(DoctorTextTest, ForPeople) {
  EXPECT_EQ(DoctorText(kBad),
            R"(BAD   steering     it does not work, and so a roll may lose half-open
                   handshakes, which nobody wants
                   what to do: allow it
good  ipv6         works
rollport cannot keep its promises here: see BAD
)");
  std::istringstream lines(DoctorText(Examine({})));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(DoctorTextTest, ForPrograms) {
  const auto json = nlohmann::json::parse(DoctorJson(kBad));
  EXPECT_EQ(json["good"], false);
  EXPECT_EQ(json["checks"][0]["name"], "steering");
  EXPECT_EQ(json["checks"][0]["finding"], "bad");
  EXPECT_EQ(json["checks"][0]["advice"], "allow it");
  EXPECT_EQ(nlohmann::json::parse(DoctorJson({kBad[1]}))["good"], true);
}

}  // namespace
}  // namespace rollport::cli
