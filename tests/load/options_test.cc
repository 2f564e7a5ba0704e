#include "load/options.h"

#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::load {
namespace {

absl::StatusOr<Options> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "rollport-load");
  return ParseOptions(static_cast<int>(arguments.size()), arguments.data());
}

std::string Complaint(std::vector<const char*> arguments) {
  return std::string(Parse(std::move(arguments)).status().message());
}

TEST(OptionsTest, DefaultsAreOneBusyClientForTenSeconds) {
  const absl::StatusOr<Options> options = Parse({"http://127.0.0.1:8080"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->plan.Clients(ClientKind::kBusy), 1);
  EXPECT_EQ(options->plan.duration, absl::Seconds(10));
  EXPECT_EQ(options->plan.targets.at(0).url.target, "/");
  EXPECT_EQ(options->plan.targets.at(0).url.address.ToString(), "127.0.0.1:8080");
}

TEST(OptionsTest, ARunMayHaveNoEnd) {
  const absl::StatusOr<Options> options = Parse({"http://127.0.0.1:8080", "--duration", "inf"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->plan.duration, absl::InfiniteDuration());
}

TEST(OptionsTest, SeveralUrlsAndKindsOfClients) {
  const absl::StatusOr<Options> options = Parse({"--url",
                                                 "http://localhost/a?b=c",
                                                 "--url",
                                                 "http://[::1]:8081",
                                                 "--expect-size",
                                                 "3",
                                                 "--expect-size",
                                                 "4",
                                                 "--keep-alive",
                                                 "5",
                                                 "--post",
                                                 "2",
                                                 "--think",
                                                 "1.5",
                                                 "--timeout",
                                                 "250ms",
                                                 "--rate",
                                                 "100",
                                                 "-n",
                                                 "7"});
  ASSERT_TRUE(options.ok()) << options.status();
  const Plan& plan = options->plan;
  ASSERT_EQ(plan.targets.size(), 2);
  EXPECT_EQ(plan.targets[0].url.address.ToString(), "127.0.0.1:80");
  EXPECT_EQ(plan.targets[0].url.target, "/a?b=c");
  EXPECT_EQ(plan.targets[1].url.authority, "[::1]:8081");
  EXPECT_EQ(plan.targets[1].size, 4);
  EXPECT_EQ(plan.Clients(ClientKind::kBusy), 0);
  EXPECT_EQ(plan.Clients(ClientKind::kKeepAlive), 5);
  EXPECT_EQ(plan.Clients(ClientKind::kPost), 2);
  EXPECT_EQ(plan.habits.think, absl::Seconds(1.5));
  EXPECT_EQ(plan.timeout, absl::Milliseconds(250));
  EXPECT_EQ(plan.rate, 100);
  EXPECT_EQ(plan.requests, 7);
  EXPECT_EQ(plan.duration, absl::InfiniteDuration());
}

TEST(OptionsTest, TheHostFieldNamesNoZone) {
  const absl::StatusOr<Url> url = ParseUrl("http://[fe80::1%lo]:8081/a");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->authority, "[fe80::1]:8081");
  EXPECT_EQ(url->address.ToString(), "[fe80::1%lo]:8081");
}

TEST(OptionsTest, TheBodyIsReadFromTheFile) {
  const std::string name = testing::TempDir() + "rollport_load_options_body";
  std::ofstream(name, std::ios::binary) << std::string("a\0b", 3);
  const absl::StatusOr<Options> options =
      Parse({"http://127.0.0.1:1/", "--expect-body-file", name.c_str()});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->plan.targets[0].body, std::string("a\0b", 3));
  std::remove(name.c_str());
}

TEST(OptionsTest, WhatIsWrongIsNamed) {
  using testing::HasSubstr;
  EXPECT_THAT(Complaint({}), HasSubstr("url"));
  EXPECT_THAT(Complaint({"https://127.0.0.1/"}), HasSubstr("does not begin with http://"));
  EXPECT_THAT(Complaint({"http://example.com/"}), HasSubstr("http://example.com/: "));
  EXPECT_THAT(Complaint({"http://127.0.0.1:0/"}), HasSubstr("port 0"));
  EXPECT_THAT(Complaint({"http://127.0.0.1/a b"}), HasSubstr("not a URL"));
  EXPECT_THAT(Complaint({"http://127.0.0.1/", "--think", "soon"}), HasSubstr("soon"));
  EXPECT_THAT(Complaint({"http://127.0.0.1/", "--timeout", "0"}), HasSubstr("--timeout"));
  EXPECT_THAT(Complaint({"http://127.0.0.1/", "--think", "-1s"}), HasSubstr("--think"));
  EXPECT_THAT(Complaint({"http://127.0.0.1/", "--rate", "-1"}), HasSubstr("--rate"));
  EXPECT_THAT(Complaint({"http://127.0.0.1/", "--idle", "-1"}), HasSubstr("clients"));
  EXPECT_THAT(Complaint({"http://127.0.0.1/", "--expect-body-file", "/nowhere"}),
              HasSubstr("/nowhere: cannot be read"));
  EXPECT_THAT(Complaint({"http://127.0.0.1/", "--expect-body-file", "/proc"}),
              HasSubstr("/proc: cannot be read"));
  EXPECT_THAT(Complaint({"http://127.0.0.1/", "--expect-size", "1", "--expect-size", "2"}),
              HasSubstr("--expect-size: 2 times for 1 URLs"));
  EXPECT_THAT(Complaint({"http://127.0.0.1/", "--frobnicate"}), HasSubstr("--frobnicate"));
}

}  // namespace
}  // namespace rollport::load
