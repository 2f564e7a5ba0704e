#include "api/control_requests.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::api {
namespace {

using testing::HasSubstr;

std::string Mistake(const std::string& body) {
  const auto request = ParseRollRequest(body);
  EXPECT_EQ(request.status().code(), absl::StatusCode::kInvalidArgument) << body;
  return std::string(request.status().message());
}

TEST(ControlRequestsTest, ARollMayAskForNothingSpecial) {
  EXPECT_EQ(*ParseRollRequest(""), RollRequest{});
  EXPECT_EQ(*ParseRollRequest("{}"), RollRequest{});
  EXPECT_EQ(RollRequestJson({}), "{}");
}

TEST(ControlRequestsTest, ACommandAndACanaryComeBackAsTheyWere) {
  const RollRequest request{.command = std::vector<std::string>{"./server", "--root", "a b"},
                            .canary = std::vector<fleet_file::CanaryStep>{
                                {0.5, absl::Minutes(1)}, {25, absl::InfiniteDuration()}}};
  EXPECT_EQ(RollRequestJson(request), R"({"command":["./server","--root","a b"],)"
                                      R"("canary":[{"share":0.5,"for":"1m"},{"share":25.0}]})");
  EXPECT_EQ(*ParseRollRequest(RollRequestJson(request)), request);
  EXPECT_EQ(ParseRollRequest(R"({"canary":[]})")->canary, std::vector<fleet_file::CanaryStep>{});
  EXPECT_EQ(ParseRollRequest(R"({"canary":[{"share":5}]})")->canary,
            (std::vector<fleet_file::CanaryStep>{{5, absl::InfiniteDuration()}}));
}

TEST(ControlRequestsTest, EveryMistakeOfARollIsNamed) {
  for (const char* bad : {"[]", "{", "7"}) EXPECT_EQ(Mistake(bad), "the body is not a JSON object");
  EXPECT_EQ(Mistake(R"({"comand":[]})"), "unknown key comand");
  for (const char* bad : {R"({"command":[]})", R"({"command":"x"})"}) {
    EXPECT_EQ(Mistake(bad), "\"command\" is not a list of one or more strings");
  }
  for (const char* bad : {R"({"command":[1]})", R"({"command":["a\u0000"]})"}) {
    EXPECT_EQ(Mistake(bad), "\"command\" contains something that cannot be an argument");
  }
  EXPECT_EQ(Mistake(R"({"canary":5})"), "\"canary\" is not a list of steps");
  for (const char* bad :
       {R"({"canary":[5]})", R"({"canary":[{"for":"1m"}]})", R"({"canary":[{"share":"5"}]})"}) {
    EXPECT_THAT(Mistake(bad), HasSubstr("a step of \"canary\" is not {")) << bad;
  }
  EXPECT_EQ(Mistake(R"({"canary":[{"share":5,"fro":"1m"}]})"), "unknown key fro in \"canary\"");
  for (const char* bad : {"1", "\"\"", "\"1x\"", "\"-1s\"", "\"9000h\"", "\"inf\""}) {
    EXPECT_THAT(Mistake(std::string(R"({"canary":[{"share":5,"for":)") + bad + "}]}"),
                HasSubstr("\"for\" is not a duration"));
  }
}

TEST(ControlRequestsTest, TheRulesOfACanaryAreChecked) {
  EXPECT_EQ(Mistake(R"({"canary":[{"share":5},{"share":5}]})"),
            "a canary's share is above 5%, the step before it, and below 100%, not 5%");
}

TEST(ControlRequestsTest, Numbers) {
  EXPECT_EQ(NumberRequestJson("workers", 4), R"({"workers":4})");
  EXPECT_EQ(NumberRequestJson("to", std::nullopt), "{}");
  EXPECT_EQ(*ParseNumberRequest(R"({"workers":4})", "workers"), 4);
  EXPECT_EQ(*ParseNumberRequest("{}", "to"), std::nullopt);
  EXPECT_EQ(*ParseNumberRequest("", "to"), std::nullopt);
  for (const char* bad : {"7", R"({"to":-1})", R"({"to":1.5})", R"({"to":"1"})", R"({"too":1})",
                          R"({"to":18446744073709551616})", R"({"to":18446744073709551615})",
                          R"({"to":9223372036854775808})", R"({"to":1e300})", R"({"to":2.0})"}) {
    EXPECT_EQ(ParseNumberRequest(bad, "to").status().code(), absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

}  // namespace
}  // namespace rollport::api
