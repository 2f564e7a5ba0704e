#include "controller/record/fleet_record.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "controller/process/notify_place.h"
#include "controller/record/found_fleet.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/child.h"
#include "os/proc.h"
#include "tests/controller/record/golden_record.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

void WriteFile(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

// Everything in it differs from its default.
FleetRecord Everything() {
  FleetRecord record{.boot = os::BootId(), .controller = 4711, .notify_socket = "@x/y"};
  fleet_file::FleetSettings& settings = record.settings;
  settings.file = "/srv/fleet.toml";
  settings.directory = "/srv";
  settings.name = "site";
  settings.listen = {"127.0.0.1:8080", "[::1]:8080"};
  settings.workers = 3;
  settings.admin = "127.0.0.1:9180";
  settings.state_dir = "/run/site";
  fleet_file::WorkerSettings& worker = settings.worker;
  worker.command = {"server", "--name", "caf\xc3\xa9", "\xff\xfe"};
  worker.listener = fleet_file::Listener::kInherit;
  worker.listener_fd = 0;
  worker.ready = fleet_file::Ready::kListening;
  worker.env = {{"A", "1\n2"}, {"B", "\x80"}, {"\xff", ""}};
  worker.stop_signal = 3;
  worker.watchdog = absl::Milliseconds(1500);
  worker.process.credentials = os::Credentials{1, 2, {3, 4}};
  worker.process.ambient = std::vector<int>{10};
  worker.process.umask = 022;
  worker.process.limits = {{7, ~uint64_t{0}}};
  worker.process.cpus = {5};
  worker.cpus = {{0, 1}, {2}};
  worker.working_dir = "/tmp";
  worker.metrics = "http://127.0.0.1:1/metrics";
  worker.out = {fleet_file::Output::Kind::kFile, "/var/log/%s"};
  worker.err = {fleet_file::Output::Kind::kNull, ""};
  settings.health = {
      "/ping", absl::Nanoseconds(1'234'567'891), absl::Seconds(3), absl::Seconds(2), 4, 5};
  fleet_file::RollSettings& roll = settings.roll;
  roll.surge = 2;
  roll.min_healthy_time = absl::Milliseconds(1);
  roll.watch = absl::Seconds(7);
  roll.healthy_deadline = absl::Seconds(2);
  roll.handshake_timeout = absl::Seconds(4);
  roll.drain_timeout = absl::Hours(5);
  roll.auto_revert = false;
  roll.canary = {{12.5, absl::Seconds(1)}, {50, absl::InfiniteDuration()}};
  roll.canary_min_requests = 7;
  roll.canary_errors = 1.25;
  roll.canary_latency = 3.5;
  roll.keep_generations = 9;
  record.generation = 2;
  record.last_generation = 4;
  record.last_roll = 8;
  record.rolling_to = 3;
  record.slots = 5;
  for (const int64_t number : {2, 3}) {
    record.generations.push_back({.generation = {.number = number,
                                                 .command = {"server"},
                                                 .env = {{"C", "D"}},
                                                 .directory = "/srv",
                                                 .path = "/srv/server",
                                                 .not_kept = "a script",
                                                 .file = {1, 2, 3, 4, 5},
                                                 .trust_path = true,
                                                 .bytes = {6, ~uint64_t{0}, 8, 9, 10}},
                                  .settings = worker,
                                  .listen = {"127.0.0.1:8080"},
                                  .workers = 6,
                                  .taken = absl::FromUnixNanos(1'700'000'000'123'456'789),
                                  .served = true});
  }
  record.workers.push_back({.pid = 4712,
                            .start_time = 99,
                            .slot = 1,
                            .generation = 2,
                            .state = "quiescing",
                            .deadline_nanos = 1'234'567});
  return record;
}

std::string With(const std::function<void(json&)>& change) {
  json record = json::parse(ToJson(Everything()));
  change(record);
  return record.dump();
}

TEST(FleetRecordTest, IsWrittenAsItsFormatSays) {
  FleetRecord record = Everything();
  record.boot = "a boot";
  EXPECT_EQ(ToJson(record), kGoldenRecord);
}

TEST(FleetRecordTest, IsReadAsItWasWritten) {
  FleetRecord record = Everything();
  record.programs = {{"127.0.0.1:8080", 3}, {"[::1]:8080", 0}};
  const auto read = ParseFleetRecord(ToJson(record));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, record);
}

TEST(FleetRecordTest, TheTextFollowsWorkersThatChangeComeAndGo) {
  RecordText text;
  FleetRecord record = Everything();
  const auto expect_same = [&] {
    EXPECT_EQ(text.Of(record), ToJson(record));
    EXPECT_EQ(*ParseFleetRecord(text.Of(record)), record);
  };
  expect_same();
  record.workers.push_back(record.workers[0]);
  record.workers.back().pid = 5000;
  expect_same();
  record.workers.back().state = "draining";
  expect_same();
  record.workers.erase(record.workers.begin());
  expect_same();
  record.workers.clear();
  expect_same();
}

TEST(FleetRecordTest, OneOfABuildThatDidNotRecordProgramsIsReadToo) {
  const auto read = ParseFleetRecord(kGoldenRecord);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->programs.empty());
}

TEST(FleetRecordTest, WhatIsSpoiltIsRefused) {
  const std::vector<std::string> spoilt = {
      "",
      "{",
      "[]",
      "null",
      ToJson(Everything()).substr(0, 500),
      With([](json& r) { r["version"] = 2; }),
      With([](json& r) { r.erase("slots"); }),
      With([](json& r) { r["slots"] = "many"; }),
      With([](json& r) { r["slots"] = 0; }),
      With([](json& r) { r["slots"] = 1'000'000'000; }),
      With([](json& r) { r["slots"] = 1e300; }),
      With([](json& r) { r["slots"] = 1.9; }),
      With([](json& r) { r["slots"] = int64_t{1} << 32 | 5; }),
      With([](json& r) { r["slots"] = true; }),
      With([](json& r) { r["generations"][0]["taken"] = 1e300; }),
      With([](json& r) { r["generations"][0]["settings"]["ready"] = 77; }),
      With([](json& r) { r["generations"][0]["settings"]["listener"] = -1; }),
      With([](json& r) { r["generations"][0]["settings"]["stdout"]["kind"] = 3; }),
      With([](json& r) { r["generations"][0]["settings"]["watchdog"] = "soon"; }),
      With([](json& r) { r["generations"] = 7; }),
      With([](json& r) { r["generation"] = 7; }),
      With([](json& r) { r["workers"][0]["pid"] = 0; }),
      With([](json& r) { r["workers"][0]["pid"] = 1; }),
      With([](json& r) { r["workers"][0]["pid"] = -1; }),
      With([](json& r) { r["workers"][0]["slot"] = -1; }),
      With([](json& r) {
        r["programs"] = {{{"address", "[::1]:80"}, {"members", -1}}};
      }),
      With([](json& r) { r["workers"][0]["state"] = "happy"; }),
      With([](json& r) { r["workers"][0]["generation"] = 9; }),
      With([](json& r) { r["generations"][0]["listen"] = {"nowhere"}; }),
      With([](json& r) { r["generations"][0]["generation"]["command"] = json::array(); }),
      With([](json& r) { r["settings"]["roll"]["surge"] = 0; }),
      With([](json& r) { r["settings"]["health"]["interval"] = "soon"; }),
  };
  for (const std::string& text : spoilt) {
    EXPECT_EQ(ParseFleetRecord(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(FleetRecordTest, TheFileIsItsOwnersAndIsRemovedWithItsWriter) {
  const TempDir dir;
  const std::string path = dir / "fleet.state";
  {
    FleetRecordFile file(dir.path());
    EXPECT_EQ(file.Read().status().code(), absl::StatusCode::kNotFound);
    ASSERT_TRUE(file.Write(Everything()).ok());
    struct stat st;
    ASSERT_EQ(stat(path.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0600U);
    { const FleetRecordFile reader(dir.path()); }
    EXPECT_EQ(*FleetRecordFile(dir.path()).Read(), Everything());
    // If the file has been removed, the same record is written again.
    unlink(path.c_str());
    ASSERT_TRUE(file.Write(Everything()).ok());
    EXPECT_EQ(access(path.c_str(), F_OK), 0);
  }
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

FleetRecord OfRoll(int64_t number) {
  FleetRecord record = Everything();
  record.last_roll = number;
  return record;
}

// No file of this process may have a byte more as long as it exists.
class NoRoom {
 public:
  NoRoom() {
    former_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit none{.rlim_cur = 100, .rlim_max = limit_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoRoom() {
    setrlimit(RLIMIT_FSIZE, &limit_);
    signal(SIGXFSZ, former_);
  }

 private:
  rlimit limit_{};
  void (*former_)(int);
};

TEST(FleetRecordTest, TheRecordBeforeTheLastOneIsKept) {
  const TempDir dir;
  FleetRecordFile file(dir.path());
  ASSERT_TRUE(file.Write(OfRoll(1)).ok());
  EXPECT_TRUE(absl::IsNotFound(file.ReadFormer().status()));
  ASSERT_TRUE(file.Write(OfRoll(2)).ok());
  ASSERT_TRUE(file.Write(OfRoll(3)).ok());
  EXPECT_EQ(*file.Read(), OfRoll(3));
  EXPECT_EQ(*file.ReadFormer(), OfRoll(2));
}

TEST(FleetRecordTest, WhatCannotBeWrittenMakesTheLastRecordTheFormerOne) {
  const TempDir dir;
  {
    FleetRecordFile file(dir.path());
    ASSERT_TRUE(file.Write(OfRoll(1)).ok());
    ASSERT_TRUE(file.Write(OfRoll(2)).ok());
    for (int i = 0; i < 2; ++i) {
      const NoRoom no_room;
      EXPECT_THAT(std::string(file.Write(OfRoll(3)).message()), HasSubstr("File too large"));
      EXPECT_TRUE(absl::IsNotFound(file.Read().status())) << "out of date";
      EXPECT_EQ(*file.ReadFormer(), OfRoll(2));
      EXPECT_NE(access((dir / "fleet.state.new").c_str(), F_OK), 0);
    }
    ASSERT_TRUE(file.Write(OfRoll(4)).ok());
    EXPECT_EQ(*file.Read(), OfRoll(4));
    EXPECT_TRUE(absl::IsNotFound(file.ReadFormer().status())) << "3 was the one before it";
    const NoRoom no_room;
    EXPECT_FALSE(file.Write(OfRoll(5)).ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

class FoundFleetTest : public testing::Test {
 protected:
  FoundFleetTest() {
    record_.workers[0].pid = sleeper_.pid();
    record_.workers[0].start_time = *os::StartTime(sleeper_.pid());
    for (auto& generation : record_.generations) {
      generation.settings.process.credentials.reset();
    }
    record_.settings.listen.clear();  // another program may listen there
  }
  ~FoundFleetTest() override { End(sleeper_); }
  static os::Child Told(const std::string& notify_socket) {
    return *os::Child::Launch({.path = "/bin/sleep",
                               .argv = {"sleep", "1000"},
                               .environment = {"NOTIFY_SOCKET=" + notify_socket}});
  }
  static void End(os::Child& process) {
    EXPECT_TRUE(process.Signal(SIGKILL).ok());
    EXPECT_TRUE(process.Wait().ok());
  }
  std::optional<FoundFleet> Find() {
    FleetRecordFile file(dir_.path());
    EXPECT_TRUE(file.Write(record_).ok());
    return Find(file);
  }
  std::optional<FoundFleet> Find(const FleetRecordFile& file) {
    Search search = FindFleet(file, record_.settings);
    trouble_ = search.trouble;
    return std::move(search.fleet);
  }

  const TempDir dir_;
  FleetRecord record_ = Everything();
  os::Child sleeper_ = Told(record_.notify_socket);
  std::string trouble_;
};

TEST_F(FoundFleetTest, AProcessThatStillRunsIsFound) {
  const auto left = Find();
  ASSERT_TRUE(left.has_value()) << trouble_;
  ASSERT_EQ(left->workers.size(), 1U);
  EXPECT_EQ(left->workers[0].process.pid(), sleeper_.pid());
  EXPECT_LT(left->workers[0].age, absl::Minutes(1));
  EXPECT_FALSE(left->workers[0].page.InUse());
}

TEST_F(FoundFleetTest, TheRecordBeforeItIsUsedIfTheLastOneCannotBeRead) {
  FleetRecordFile file(dir_.path());
  ASSERT_TRUE(file.Write(record_).ok());
  FleetRecord last = record_;
  last.last_roll += 1;
  ASSERT_TRUE(file.Write(last).ok());
  WriteFile(file.path(), ToJson(last).substr(0, 100));
  const auto left = Find(file);
  ASSERT_TRUE(left.has_value()) << trouble_;
  EXPECT_EQ(left->record, record_);
  EXPECT_FALSE(left->out_of_date);
  EXPECT_THAT(trouble_, HasSubstr("fleet.state.old, the record before it, is used"));
}

TEST_F(FoundFleetTest, TheRecordBeforeItMayNotKnowYetThatTheNewestServe) {
  record_.workers[0].state = "ready";
  FleetRecordFile file(dir_.path());
  ASSERT_TRUE(file.Write(record_).ok());
  EXPECT_EQ(Find(file)->workers[0].record.state, "ready");
  ASSERT_EQ(rename(file.path().c_str(), file.former_path().c_str()), 0);
  EXPECT_EQ(Find(file)->workers[0].record.state, "serving");
  RecordedWorker served = record_.workers[0];
  served.state = "serving";
  record_.workers.push_back(served);
  ASSERT_TRUE(file.Write(record_).ok());
  ASSERT_EQ(rename(file.path().c_str(), file.former_path().c_str()), 0);
  EXPECT_EQ(Find(file)->workers[0].record.state, "ready") << "another one serves its slot";
}

TEST_F(FoundFleetTest, IfNoRecordCanBeReadTheProcessesAreNamed) {
  FleetRecordFile file(dir_.path());
  record_.settings.state_dir = dir_.path();
  os::Child worker = Told(NotifyFile(dir_.path()));
  WriteFile(file.path(), "");
  WriteFile(file.former_path(), "{}");
  EXPECT_FALSE(Find(file).has_value());
  EXPECT_THAT(trouble_, HasSubstr(file.path()));
  EXPECT_THAT(trouble_, HasSubstr(absl::StrCat("process ", worker.pid(), " of an earlier")));
  EXPECT_THAT(trouble_, HasSubstr(absl::StrCat("kill -QUIT ", worker.pid())));
  End(worker);
  EXPECT_FALSE(Find(file).has_value());
  EXPECT_THAT(trouble_, HasSubstr("no process of an earlier controller is left"));
}

TEST_F(FoundFleetTest, WorkersThatAnOutOfDateRecordDoesNotNameAreNamed) {
  os::Child newer = Told(record_.notify_socket);
  {
    FleetRecordFile file(dir_.path());
    ASSERT_TRUE(file.Write(record_).ok());
    ASSERT_EQ(rename(file.path().c_str(), file.former_path().c_str()), 0);
    const auto left = Find(file);
    ASSERT_TRUE(left.has_value()) << trouble_;
    EXPECT_TRUE(left->out_of_date);
    ASSERT_EQ(left->workers.size(), 1U);
    EXPECT_THAT(trouble_, HasSubstr("which is older"));
    EXPECT_THAT(trouble_, HasSubstr(absl::StrCat("kill -QUIT ", newer.pid())));
    EXPECT_THAT(trouble_, Not(HasSubstr(absl::StrCat(sleeper_.pid()))));
  }
  End(newer);
}

TEST_F(FoundFleetTest, ItsPidIsNotEnough) {
  record_.workers[0].start_time += 1;
  EXPECT_FALSE(Find().has_value());
  EXPECT_EQ(trouble_, "");
}

TEST_F(FoundFleetTest, NorIsAnotherUsersProcess) {
  for (auto& generation : record_.generations) {
    generation.settings.process.credentials = os::Credentials{geteuid() + 1, 0, {}};
  }
  EXPECT_FALSE(Find().has_value());
}

TEST_F(FoundFleetTest, AProcessThatHasEndedIsNotFoundEvenBeforeItIsReaped) {
  ASSERT_TRUE(sleeper_.Signal(SIGKILL).ok());
  while (!sleeper_.Ended()) {
  }
  EXPECT_FALSE(Find().has_value());
}

TEST_F(FoundFleetTest, ARecordOfAnEarlierBootMeansNothing) {
  record_.boot = "another";
  EXPECT_FALSE(Find().has_value());
  EXPECT_EQ(trouble_, "");
}

TEST_F(FoundFleetTest, ARecordOfAnotherFleetFileIsReported) {
  FleetRecordFile file(dir_.path());
  ASSERT_TRUE(file.Write(record_).ok());
  fleet_file::FleetSettings other = record_.settings;
  other.file = "/srv/other.toml";
  const Search search = FindFleet(file, other);
  EXPECT_FALSE(search.fleet.has_value());
  EXPECT_THAT(search.trouble, HasSubstr("it is of fleet \"site\" of /srv/fleet.toml"));
}

}  // namespace
}  // namespace rollport::controller
