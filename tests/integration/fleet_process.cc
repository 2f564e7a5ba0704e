#include "tests/integration/fleet_process.h"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/proc.h"
#include "os/sock_diag.h"
#include "os/socket.h"
#include "tests/support/eventually.h"

namespace rollport::integration {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The processes whose command line names `folder`.
std::vector<std::string> ProcessesNaming(const std::string& folder) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::string words = ReadFile(entry.path() / "cmdline");
    if (words.find(folder) == std::string::npos) continue;
    std::ranges::replace(words, '\0', ' ');
    found.push_back(absl::StrCat(entry.path().filename().string(), ": ", words));
  }
  return found;
}

}  // namespace

// A zombie has no command line any more, and is in the table until it is reaped.
bool Runs(pid_t pid) { return !ReadFile(absl::StrCat("/proc/", pid, "/cmdline")).empty(); }

FleetProcess::FleetProcess(FleetOptions options) : options_(std::move(options)) {
  server_ = dir_ / "rollport-httpd";
  fs::copy_file(ProgramPath("rollport-httpd"), server_);
  fs::create_directory(dir_ / "site");
  WriteFile(dir_ / "site/index.html", "hello\n");
  WriteFile(dir_ / "site/page", std::string(10 << 10, 'x'));

  TakeAddresses();
  WriteFleetFile();
}

void FleetProcess::TakeAddresses() {
  int port = addresses_.empty() ? options_.port : os::SocketAddress::Parse(addresses_[0])->port();
  addresses_.clear();
  for (const std::string& host : options_.hosts) {
    if (options_.port == 0) {
      absl::StatusOr<os::UniqueFd> fd =
          os::Bind(*os::SocketAddress::Parse(absl::StrCat(host, ":", port)));
      if (!fd.ok()) throw std::runtime_error(fd.status().ToString());
      port = os::LocalAddress(fd->get())->port();
      reserved_.push_back(*std::move(fd));
    }
    addresses_.push_back(absl::StrCat(host, ":", port));
  }
}

void FleetProcess::Rewrite(const FleetOptions& options) {
  options_ = options;
  TakeAddresses();
  WriteFleetFile();
}

FleetProcess::~FleetProcess() {
  if (controller_ == nullptr) return;
  if (testing::Test::HasFailure()) std::fprintf(stderr, "%s\n", log().c_str());
  Stop();
}

void FleetProcess::WriteFleetFile() {
  const json command = options_.command.empty() ? ServerCommand() : options_.command;
  WriteFile(file(), absl::StrCat("listen = ", json(addresses_).dump(), "\nworkers = ",
                                 options_.workers, "\nadmin = ", json(options_.admin).dump(),
                                 "\nstate_dir = ", json(dir_ / "state").dump(),
                                 "\n[worker]\ncommand = ", command.dump(), "\n", options_.worker,
                                 "\n[health]\n", options_.health, "\n[roll]\n", options_.roll));
}

std::vector<std::string> FleetProcess::ServerCommand(std::vector<std::string> more) const {
  std::vector<std::string> words = {server_, "--root", dir_ / "site", "--show-generation",
                                    "--debug-endpoints"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string FleetProcess::url(const std::string& path, size_t address) const {
  return absl::StrCat("http://", addresses_[address], path);
}

void FleetProcess::Start() {
  controller_ = std::make_unique<Program>(
      std::vector<std::string>{ProgramPath("rollport"), "-f", file(), "run"}, options_.before_exec);
  ASSERT_TRUE(AwaitSteady(1)) << log();
}

void FleetProcess::KillController() {
  controller_->Signal(SIGKILL);
  (void)controller_->Wait();
  former_logs_ += controller_->err();
  EXPECT_EQ(former_logs_.find("PromiseBroken"), std::string::npos) << former_logs_;
}

void FleetProcess::StartAgain() {
  controller_ = std::make_unique<Program>(
      std::vector<std::string>{ProgramPath("rollport"), "-f", file(), "run"}, options_.before_exec);
  ASSERT_TRUE(Await([](const json&) { return true; })) << log();
}

Finished FleetProcess::RunToEnd() {
  Program program({ProgramPath("rollport"), "-f", file(), "run"}, options_.before_exec);
  const Finished finished = program.Wait();
  ExpectNothingLeft({});
  return finished;
}

void FleetProcess::Stop(bool by_command) {
  if (controller_ == nullptr) return;
  std::vector<pid_t> pids = os::DescendantPids(controller_->pid());
  // Those that it has not started itself are not its children.
  if (const json status = Status(); status.is_object() && status.contains("workers")) {
    for (const json& worker : status["workers"]) pids.push_back(worker["pid"]);
  }
  if (by_command) {
    EXPECT_EQ(Call({"stop"}).code, 0);
  } else {
    controller_->Signal(SIGTERM);
  }
  const Finished finished = controller_->Wait();
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(finished.err.find("PromiseBroken"), std::string::npos) << finished.err;
  controller_.reset();
  ExpectNothingLeft(pids);
}

Finished FleetProcess::Abandon() {
  const Finished finished = controller_->Wait();
  controller_.reset();
  return finished;
}

void FleetProcess::ExpectNothingLeft(const std::vector<pid_t>& pids) const {
  for (const pid_t pid : pids) EXPECT_FALSE(Runs(pid)) << pid;
  // What kept the output of workers flowing after their controller's death sees them end.
  if (!former_logs_.empty()) {
    EXPECT_TRUE(Eventually([this] { return ProcessesNaming(dir_.path()).empty(); }));
  }
  EXPECT_THAT(ProcessesNaming(dir_.path()), testing::IsEmpty());
  EXPECT_FALSE(fs::exists(dir_ / "state")) << "state_dir is left";
  // In another network namespace, which has gone; or somebody else's.
  if (options_.port != 0) return;
  auto diag = os::SockDiag::Create();
  for (const std::string& text : addresses_) {
    const auto address = *os::SocketAddress::Parse(text);
    const auto listeners = diag->DumpListeners(address.family(), address.port());
    ASSERT_TRUE(listeners.ok());
    EXPECT_TRUE(listeners->empty()) << text << " still listens";
  }
}

Finished FleetProcess::Call(std::vector<std::string> words) const {
  words.insert(words.begin(), {ProgramPath("rollport"), "-f", file(), "--json"});
  return RunProgram(std::move(words));
}

json FleetProcess::Roll(std::vector<std::string> command) {
  if (!command.empty()) command.insert(command.begin(), "--");
  command.insert(command.begin(), "roll");
  const Finished finished = Call(std::move(command));
  json verdict = finished.json();
  EXPECT_TRUE(verdict.is_object()) << finished.out << finished.err << log();
  if (!verdict.is_object()) return json::object();
  EXPECT_EQ(finished.code, verdict["outcome"] == "rolled" ? 0 : 1);
  return verdict;
}

json FleetProcess::Status() const { return Call({"status"}).json(); }

bool FleetProcess::Await(const std::function<bool(const json&)>& condition) const {
  return Eventually([&] {
    const json status = Status();
    // Where nobody answers yet, it holds an error instead.
    return status.is_object() && status.contains("state") && condition(status);
  });
}

bool FleetProcess::AwaitSteady(int64_t generation) const {
  return Await([&](const json& status) {
    if (status["state"] != "steady" || status["generation"] != generation) return false;
    size_t serving = 0;
    for (const json& w : status["workers"]) {
      serving += w["state"] == "serving" && w["share"] > 0 && w["generation"] == generation;
    }
    return serving == static_cast<size_t>(options_.workers);
  });
}

std::vector<json> FleetProcess::Events() const {
  std::vector<json> events;
  for (const absl::string_view line : absl::StrSplit(log(), '\n', absl::SkipEmpty())) {
    json event = json::parse(line.begin(), line.end(), nullptr, false);
    if (event.is_object() && event.contains("event")) events.push_back(std::move(event));
  }
  return events;
}

int64_t FleetProcess::Told(const std::string& event) const {
  const std::vector<json> events = Events();
  return std::ranges::count_if(events, [&](const json& e) { return e["event"] == event; });
}

bool FleetProcess::AwaitPaused() const {
  return Await([](const json& status) { return status["state"] == "paused"; });
}

std::map<std::string, int> FleetProcess::AnswersByGeneration(int requests) const {
  std::map<std::string, int> found;
  const std::regex field("[Xx]-[Rr]ollport-[Gg]eneration: *([0-9]+)");
  // Many to one curl, because a process each takes longer than the requests.
  std::vector<std::string> words = {"/usr/bin/curl",     "-s",         "-i", "--no-keepalive", "-H",
                                    "Connection: close", "--max-time", "60"};
  words.push_back(absl::StrCat(url("/"), "?[1-", requests, "]"));
  const Finished answer = RunProgram(words);
  for (std::sregex_iterator it(answer.out.begin(), answer.out.end(), field), end; it != end; ++it) {
    ++found[(*it)[1].str()];
  }
  return found;
}

std::set<std::string> FleetProcess::AnsweringGenerations() const {
  std::set<std::string> found;
  for (const auto& [generation, answers] : AnswersByGeneration(20)) found.insert(generation);
  return found;
}

}  // namespace rollport::integration
