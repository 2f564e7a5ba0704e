#include "controller/record/found_fleet.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/proc.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/workers.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;

// A process of the test that is killed at its end.
class Sleeper {
 public:
  explicit Sleeper(os::Child child) : child_(std::move(child)) {}
  ~Sleeper() {
    child_.KillGroup();
    EXPECT_TRUE(child_.Signal(SIGKILL).ok());
    EXPECT_TRUE(child_.Wait().ok());
  }
  pid_t pid() const { return child_.pid(); }
  RecordedWorker Record(int64_t generation = 1) const {
    return {.pid = pid(),
            .start_time = *os::StartTime(pid()),
            .generation = generation,
            .state = "serving"};
  }
  bool Ended() const { return child_.Ended(); }

 private:
  os::Child child_;
};

class FindProcessesTest : public testing::Test {
 protected:
  FindProcessesTest() {
    record_.notify_socket = "@fleet";
    record_.generations = {{.listen = {address_.ToString()}}};
  }
  // Was given the fleet's NOTIFY_SOCKET.
  static Sleeper Told(int inherited = -1) {
    return Sleeper(LaunchSleeper(inherited, {"NOTIFY_SOCKET=@fleet"}));
  }
  std::vector<FoundProcess> Find() { return FindProcesses(record_, &strangers_); }
  // What is found of a record of this process alone.
  bool IsFound(pid_t pid) {
    strangers_.clear();
    record_.workers = {{.pid = pid, .start_time = *os::StartTime(pid), .generation = 1}};
    return !Find().empty();
  }

  LiveFleet fleet_;  // its workers are launched without any environment
  const os::SocketAddress address_ = fleet_.NewAddress();
  FleetRecord record_;
  std::vector<RecordedWorker> strangers_;
};

TEST_F(FindProcessesTest, OnlyThoseThatStillRunAreFound) {
  const Sleeper runs = Told();
  os::Child ended = LaunchSleeper();
  record_.workers = {{.pid = ended.pid(), .start_time = *os::StartTime(ended.pid())},
                     runs.Record()};
  ended.KillGroup();
  ASSERT_TRUE(ended.Wait().ok());
  const std::vector<FoundProcess> found = Find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].process.pid(), runs.pid());
  EXPECT_THAT(strangers_, IsEmpty());
}

TEST_F(FindProcessesTest, AProcessWithoutAnyMarkOfTheFleetIsAStranger) {
  const Sleeper unmarked(LaunchSleeper()), others(LaunchSleeper(-1, {"NOTIFY_SOCKET=@another"}));
  record_.workers = {unmarked.Record(), others.Record()};
  EXPECT_THAT(Find(), IsEmpty());
  EXPECT_THAT(strangers_, ElementsAre(unmarked.Record(), others.Record()));
}

TEST_F(FindProcessesTest, AServerThatHasOverwrittenItsEnvironmentIsKnownByItsListener) {
  Puppet& worker = fleet_.Launch();
  EXPECT_FALSE(IsFound(worker.pid()));
  worker.Listen(fleet_.NewAddress());
  EXPECT_FALSE(IsFound(worker.pid())) << "of another fleet";
  worker.Listen(address_);
  EXPECT_TRUE(IsFound(worker.pid()));
}

TEST_F(FindProcessesTest, OrByThatOfAChild) {
  Puppet& worker = fleet_.Launch();
  const uint64_t listener = worker.Listen(address_);
  worker.Fork(/*escapes=*/true);
  worker.Close(listener);
  EXPECT_TRUE(IsFound(worker.pid()));
}

TEST_F(FindProcessesTest, OrByItsPageIfItListensNoMore) {
  const os::UniqueFd page = *protocol::MappedPage::CreateFd();
  const Sleeper drains(LaunchSleeper(page.get())),
      others(LaunchSleeper(page.get(), {"NOTIFY_SOCKET=@another"}));
  EXPECT_TRUE(IsFound(drains.pid()));
  EXPECT_FALSE(IsFound(others.pid()));
}

TEST_F(FindProcessesTest, AnAncestorOfTheControllerIsNoWorker) {
  fleet_.Launch().Listen(address_);
  EXPECT_FALSE(IsFound(getpid()));
}

TEST_F(FindProcessesTest, APageThatIsNotSealedIsNotMapped) {
  const os::UniqueFd fd(memfd_create("rollport-page", MFD_CLOEXEC));
  ASSERT_EQ(ftruncate(fd.get(), protocol::kWorkerMemoryBytes), 0);
  const uint64_t magic = protocol::kWorkerPageMagic;
  const uint32_t version = protocol::kWorkerPageVersion;
  ASSERT_EQ(pwrite(fd.get(), &version, sizeof version, sizeof magic), 4);
  ASSERT_EQ(pwrite(fd.get(), &magic, sizeof magic, 0), 8);
  const Sleeper with = Told(fd.get());
  record_.workers = {with.Record()};
  const std::vector<FoundProcess> found = Find();
  ASSERT_EQ(found.size(), 1U);
  // To read a page that was shrunk would end this process.
  ASSERT_EQ(ftruncate(fd.get(), 0), 0);
  EXPECT_FALSE(found[0].page.InUse());
}

TEST_F(FindProcessesTest, TheirPagesAreFoundWithWhatTheyHaveCounted) {
  const os::UniqueFd fd = *protocol::MappedPage::CreateFd();
  protocol::MappedPage page = *protocol::MappedPage::Map(fd.get());
  page.Begin();
  page->connections_accepted.Set(42);
  const Sleeper with = Told(fd.get()), without = Told();
  record_.workers = {with.Record(), without.Record()};
  const std::vector<FoundProcess> found = Find();
  ASSERT_EQ(found.size(), 2U);
  ASSERT_TRUE(found[0].page.InUse());
  EXPECT_EQ(found[0].page->connections_accepted.Get(), 42U);
  page->connections_accepted.Add(1);
  EXPECT_EQ(found[0].page->connections_accepted.Get(), 43U) << "a copy";
  EXPECT_FALSE(found[1].page.InUse());
}

class RestoreReleasesTest : public testing::Test {
 protected:
  // Takes generation `number` from a file that stays as it is, and has been for a while: the bytes
  // of one that was written a moment ago cannot be told from its next version's.
  void Take(int64_t number) { Take(number, "/bin/sleep"); }
  // The same from a copy, whose path is returned, for a test to remove.
  std::string TakeCopy(int64_t number) {
    std::string path = absl::StrCat(dir_.path(), "/server", number);
    std::filesystem::copy_file("/bin/sleep", path);
    Take(number, path);
    return path;
  }
  void Take(int64_t number, const std::string& path) {
    const Generation generation =
        *Generation::Take(GenerationId(number), {path, "1000"}, {}, dir_.path());
    found_.record.generations.push_back({.generation = generation.Memo(),
                                         .settings = {.command = generation.command()},
                                         .listen = {"127.0.0.1:8080"},
                                         .workers = 3,
                                         .taken = absl::FromUnixSeconds(number),
                                         .served = number == 1});
    found_.record.last_generation = number;
  }
  absl::StatusOr<Releases> Restore() {
    return RestoreReleases(found_, {.admin = "127.0.0.1:9999"});
  }

  const TempDir dir_;
  FoundFleet found_{
      .record = {.settings = {.name = "site", .admin = "127.0.0.1:1"}, .generation = 1}};
};

TEST_F(RestoreReleasesTest, EveryGenerationWhoseBytesCanBeHadIsKept) {
  Take(1);
  Take(2);
  const auto releases = Restore();
  ASSERT_TRUE(releases.ok()) << releases.status();
  EXPECT_THAT(releases->kept(), ElementsAre(Key(GenerationId(1)), Key(GenerationId(2))));
  EXPECT_EQ(releases->last(), GenerationId(2));
  const Release& release = releases->at(GenerationId(1));
  EXPECT_EQ(release.generation.not_kept(), "");
  EXPECT_EQ(release.workers, 3);
  EXPECT_TRUE(release.served);
  EXPECT_EQ(release.taken, absl::FromUnixSeconds(1));
  EXPECT_THAT(release.listen, ElementsAre(*os::SocketAddress::Parse("127.0.0.1:8080")));
}

TEST_F(RestoreReleasesTest, AdminIsTheNewControllersOwn) {
  Take(1);
  EXPECT_EQ(Restore()->settings().admin, "127.0.0.1:9999");
  EXPECT_EQ(Restore()->settings().name, "site");
}

TEST_F(RestoreReleasesTest, OneWhoseBytesAreLostIsForgottenUnlessTheFleetGoesBackToIt) {
  for (const int64_t number : {1, 2}) std::filesystem::remove(TakeCopy(number));
  Take(3);
  const auto releases = Restore();
  ASSERT_TRUE(releases.ok()) << releases.status();
  EXPECT_THAT(releases->kept(), ElementsAre(Key(GenerationId(1)), Key(GenerationId(3))));
  EXPECT_NE(releases->at(GenerationId(1)).generation.not_kept(), "");
  EXPECT_EQ(releases->last(), GenerationId(3)) << "no number is given twice";
}

TEST_F(RestoreReleasesTest, OneThatAWorkerRunsIsKeptWithTheBytesThatItExecutes) {
  Take(1);
  const std::string path = TakeCopy(2);
  os::Child child =
      *os::Child::Launch({.path = path, .argv = {path, "1000"}, .new_process_group = true});
  std::filesystem::remove(path);
  found_.workers.push_back({.record = {.pid = child.pid(), .generation = 2},
                            .process = *os::Child::TakeOver(child.pid()),
                            .page = *protocol::MappedPage::Private()});
  const Sleeper runs(std::move(child));
  const auto releases = Restore();
  ASSERT_TRUE(releases.ok()) << releases.status();
  ASSERT_TRUE(releases->kept().contains(GenerationId(2)));
  EXPECT_EQ(releases->at(GenerationId(2)).generation.not_kept(), "");
}

TEST_F(RestoreReleasesTest, AnAddressThatCannotBeReadIsAnError) {
  Take(1);
  found_.record.generations[0].listen = {"nowhere"};
  EXPECT_THAT(std::string(Restore().status().message()), HasSubstr("nowhere"));
}

// Processes that were told of a notify socket, as a worker is.
class EndStraysTest : public testing::Test {
 protected:
  os::Child Launch(std::vector<std::string> argv, const std::string& socket, bool leads) {
    return *os::Child::Launch({.path = argv[0],
                               .argv = argv,
                               .environment = {"NOTIFY_SOCKET=" + socket},
                               .new_process_group = leads});
  }
  Sleeper Sleep(const std::string& socket, bool leads = true) {
    return Sleeper(Launch({"/bin/sleep", "1000"}, socket, leads));
  }
  static bool Ends(const Sleeper& sleeper) {
    return Eventually([&] { return sleeper.Ended(); });
  }

  // Of this test alone: other tests run at the same time.
  const std::string socket_ = absl::StrCat("@strays/", getpid());
};

TEST_F(EndStraysTest, KillsWhatWasLaunchedAndNotRecorded) {
  const Sleeper stray = Sleep(socket_), known = Sleep(socket_), others = Sleep(socket_ + "/other");
  EndStrays(socket_, {known.pid()});
  EXPECT_TRUE(Ends(stray));
  EXPECT_FALSE(known.Ended());
  EXPECT_FALSE(others.Ended());
}

TEST_F(EndStraysTest, AProcessThatLeadsNoGroupWasNotLaunchedAsAWorker) {
  const Sleeper follower = Sleep(socket_, /*leads=*/false);
  const Sleeper stray = Sleep(socket_);
  EndStrays(socket_, {});
  EXPECT_TRUE(Ends(stray));
  EXPECT_FALSE(follower.Ended());
}

TEST_F(EndStraysTest, TheLeaderAboveAKnownMainProcessIsNoStray) {
  // A shell that leads a group, and its child, which is the worker's main process.
  const Sleeper leader(Launch({"/bin/sh", "-c", "sleep 1000 & wait"}, socket_, /*leads=*/true));
  std::vector<pid_t> below;
  ASSERT_TRUE(Eventually([&] {
    below = os::DescendantPids(leader.pid());
    return !below.empty() && os::Comm(below[0]).value_or("") == "sleep";
  }));
  const Sleeper stray = Sleep(socket_);
  EndStrays(socket_, {below[0]});
  EXPECT_TRUE(Ends(stray));
  EXPECT_FALSE(leader.Ended());
}

TEST_F(EndStraysTest, NorIsAChildOfAWorkerThatLeadsAGroupOfItsOwn) {
  // As the children of servers that fork beforehand, or are "detached".
  const Sleeper worker(Launch({"/bin/sh", "-c", "setsid sh -c 'setsid sleep 1000 & wait' & wait"},
                              socket_, /*leads=*/true));
  std::vector<pid_t> below;
  ASSERT_TRUE(Eventually([&] {
    below = os::DescendantPids(worker.pid());
    return below.size() == 2 && getpgid(below[0]) == below[0] && getpgid(below[1]) == below[1] &&
           os::Comm(below[1]).value_or("") == "sleep";
  }));
  const Sleeper child(*os::Child::TakeOver(below[0])), grandchild(*os::Child::TakeOver(below[1]));
  const Sleeper stray = Sleep(socket_);
  EndStrays(socket_, {worker.pid()});
  EXPECT_TRUE(Ends(stray));
  EXPECT_FALSE(child.Ended());
  EXPECT_FALSE(grandchild.Ended());
}

TEST_F(EndStraysTest, NorIsASiblingOfAKnownMainProcess) {
  const Sleeper leader(Launch({"/bin/sh", "-c", "setsid sleep 1000 & setsid sleep 1000 & wait"},
                              socket_, /*leads=*/true));
  std::vector<pid_t> below;
  ASSERT_TRUE(Eventually([&] {
    below = os::DescendantPids(leader.pid());
    return below.size() == 2 && getpgid(below[0]) == below[0] && getpgid(below[1]) == below[1];
  }));
  const Sleeper main(*os::Child::TakeOver(below[0])), sibling(*os::Child::TakeOver(below[1]));
  const Sleeper stray = Sleep(socket_);
  EndStrays(socket_, {main.pid()});
  EXPECT_TRUE(Ends(stray));
  EXPECT_FALSE(sibling.Ended());
}

TEST_F(EndStraysTest, NorIsAnAncestorThatLeadsAnotherGroup) {
  // Its child has left for a session of its own, as a daemon does.
  const Sleeper leader(
      Launch({"/bin/sh", "-c", "setsid sleep 1000 & wait"}, socket_, /*leads=*/true));
  std::vector<pid_t> below;
  ASSERT_TRUE(Eventually([&] {
    below = os::DescendantPids(leader.pid());
    return !below.empty() && getpgid(below[0]) == below[0];
  }));
  EndStrays(socket_, {below[0]});
  EXPECT_FALSE(leader.Ended());
  kill(below[0], SIGKILL);
}

}  // namespace
}  // namespace rollport::controller
