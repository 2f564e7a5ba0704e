#include "load/command.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "load/options.h"
#include "load/report.h"
#include "load/run.h"
#include "os/event_loop.h"
#include "os/signals.h"

namespace rollport::load {
namespace {

constexpr int kUsage = 2;

int Complain(const absl::Status& status, int exit_status) {
  std::fprintf(stderr, "rollport-load: %s\n", std::string(status.message()).c_str());
  return exit_status;
}

// Attends to a run: ends it at a signal, and prints a line of progress each second.
class Attendant {
 public:
  Attendant(os::EventLoop& loop, os::SignalFd signals, Run& run, bool progress)
      : run_(run),
        signals_(std::move(signals)),
        watch_(loop, signals_.fd(), [this](uint32_t) { OnSignal(); }),
        tick_(loop, [this] { OnTick(); }) {
    if (progress) tick_.After(absl::Seconds(1));
  }
  absl::Status Begin() { return watch_.Set(EPOLLIN); }

 private:
  void OnSignal() {
    while (signals_.Read().has_value()) {
      if (asked_) run_.Abandon();
      run_.End();
      asked_ = true;
    }
  }
  void OnTick() {
    std::fputs(ProgressLine(run_.elapsed(), run_.tally()).c_str(), stderr);
    tick_.After(absl::Seconds(1));
  }

  Run& run_;
  os::SignalFd signals_;
  os::FdWatch watch_;
  os::Timer tick_;
  bool asked_ = false;
};

absl::Status WriteFile(const std::string& name, const std::string& text) {
  std::ofstream file(name, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (!file) return absl::UnavailableError(absl::StrCat(name, ": cannot be written"));
  return absl::OkStatus();
}

absl::StatusOr<Verdict> RunAndReport(const Options& options) {
  ASSIGN_OR_RETURN(os::SignalFd signals, os::SignalFd::Create({SIGINT, SIGTERM}));
  ASSIGN_OR_RETURN(std::unique_ptr<os::EventLoop> loop, os::EventLoop::Create());
  Run run(*loop, options.plan);
  Attendant attendant(*loop, std::move(signals), run, options.progress);
  RETURN_IF_ERROR(attendant.Begin());
  RETURN_IF_ERROR(run.Execute());
  const RunFacts facts{
      .wall_start = run.wall_start(), .elapsed = run.elapsed(), .never_begun = run.never_begun()};
  const std::string json = JsonReport(options.plan, facts, run.tally());
  const std::string text = options.json ? json : TextReport(options.plan, facts, run.tally());
  std::fputs(text.c_str(), stdout);
  if (!options.report.empty()) RETURN_IF_ERROR(WriteFile(options.report, json));
  return JudgeRun(run.tally());
}

}  // namespace

int Main(int argc, const char* const* argv) {
  const absl::StatusOr<Options> options = ParseOptions(argc, argv);
  if (!options.ok()) return Complain(options.status(), kUsage);
  if (!options->help.empty()) {
    std::fputs(options->help.c_str(), stdout);
    return 0;
  }
  const absl::StatusOr<Verdict> verdict = RunAndReport(*options);
  if (!verdict.ok()) return Complain(verdict.status(), static_cast<int>(Verdict::kUnknown));
  return static_cast<int>(*verdict);
}

}  // namespace rollport::load
