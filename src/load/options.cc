#include "load/options.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace rollport::load {
namespace {

// What the command line says, before it is checked.
struct Raw {
  std::vector<std::string> urls, body_files;
  std::vector<uint64_t> sizes;
  int status = 200;
};

// "2.5" is seconds; anything else is read as absl does: "100ms", "1m30s".
absl::Duration ParseTime(const std::string& text) {
  double seconds;
  absl::Duration duration;
  if (absl::SimpleAtod(text, &seconds)) return absl::Seconds(seconds);
  if (absl::ParseDuration(text, &duration)) return duration;
  throw CLI::ValidationError(text + ": not a duration such as 10s or 100ms");
}

struct ClientOption {
  const char* name;
  ClientKind kind;
  const char* help;
};
constexpr ClientOption kClientOptions[] = {
    {"-c,--connections", ClientKind::kBusy,
     "clients on one kept connection each, without a pause (default 1, if no other kind)"},
    {"--connection-per-request", ClientKind::kFresh,
     "clients that open a connection for each request"},
    {"--keep-alive", ClientKind::kKeepAlive, "clients on a kept connection that pause (--think)"},
    {"--idle", ClientKind::kIdle,
     "clients on a kept connection that is mostly idle (--idle-interval)"},
    {"--slow-readers", ClientKind::kSlowReader,
     "clients that take the answer in sips (--slow-bytes each --slow-pause)"},
    {"--slow-writers", ClientKind::kSlowWriter,
     "clients that send the request in ten pieces (--slow-pause)"},
    {"--post", ClientKind::kPost, "clients that send a body to --post-path and expect it back"},
};

struct TimeOption {
  const char* name;
  absl::Duration& (*value)(Plan&);
  const char* help;
};
constexpr TimeOption kTimeOptions[] = {
    {"-d,--duration", [](Plan& plan) -> absl::Duration& { return plan.duration; },
     "begin requests for this long; inf: until a signal (default 10s)"},
    {"--timeout", [](Plan& plan) -> absl::Duration& { return plan.timeout; },
     "an answer after this is late (default 5s)"},
    {"--warmup", [](Plan& plan) -> absl::Duration& { return plan.warmup; },
     "leave out latency for this long at the start; losses count"},
    {"--think", [](Plan& plan) -> absl::Duration& { return plan.habits.think; },
     "mean pause of --keep-alive and --post (default 100ms)"},
    {"--idle-interval", [](Plan& plan) -> absl::Duration& { return plan.habits.idle_interval; },
     "mean pause of --idle (default 3s)"},
    {"--slow-pause", [](Plan& plan) -> absl::Duration& { return plan.habits.slow_pause; },
     "pause of slow clients (default 20ms)"},
    {"--bucket", [](Plan& plan) -> absl::Duration& { return plan.bucket; },
     "step of the report's time series (default 100ms)"},
};

void AddClientOptions(CLI::App& app, Plan* plan) {
  for (const ClientOption& option : kClientOptions) {
    app.add_option(option.name, plan->Clients(option.kind), option.help)->group("Clients");
  }
}

void AddTimeOptions(CLI::App& app, Plan* plan) {
  for (const TimeOption& option : kTimeOptions) {
    absl::Duration* const value = &option.value(*plan);
    app.add_option_function<std::string>(
           option.name, [value](const std::string& text) { *value = ParseTime(text); }, option.help)
        ->type_name("TIME");
  }
}

void AddPlanOptions(CLI::App& app, Plan* plan) {
  app.add_option("-r,--rate", plan->rate,
                 "begin this many requests a second, answered or not (open loop); latency counts "
                 "from when a request was due");
  app.add_option("-n,--requests", plan->requests, "begin no more than this many requests");
  app.add_flag("--stop-on-loss", plan->stop_on_loss, "end the run at the first loss");
  app.add_option("--slow-bytes", plan->habits.slow_bytes, "a slow reader's sip (default 1024)");
  app.add_option("--post-path", plan->habits.post_target, "default /debug/echo");
  app.add_option("--post-bytes", plan->habits.post_bytes, "default 4096");
  app.add_option("--max-losses", plan->max_losses,
                 "report this many losses one by one (default 1000); all are counted");
  app.add_option("--seed", plan->seed, "of pauses, order and bodies (default 1)");
}

void AddTargetOptions(CLI::App& app, Raw* raw) {
  app.add_option("-u,--url,url", raw->urls, "http://ADDRESS:PORT/PATH; several are taken in turn")
      ->required();
  app.add_option("--expect-status", raw->status, "default 200");
  app.add_option("--expect-body-file", raw->body_files,
                 "the answer must equal this file; once for all URLs, or once for each")
      ->allow_extra_args(false);
  app.add_option("--expect-size", raw->sizes,
                 "the answer must have this many bytes; once for all URLs, or once for each")
      ->allow_extra_args(false);
}

absl::StatusOr<std::string> ReadFile(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return absl::InvalidArgumentError(absl::StrCat(name, ": cannot be read"));
  return text;
}

// The item for the URL at `index`, from a list with one for all or one for each.
template <typename T>
const T* ItemFor(const std::vector<T>& list, size_t index) {
  if (list.empty()) return nullptr;
  return &list[list.size() == 1 ? 0 : index];
}

absl::Status CheckLength(size_t items, size_t urls, const char* option) {
  if (items <= 1 || items == urls) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": ", items, " times for ", urls, " URLs"));
}

absl::Status MakeTargets(const Raw& raw, Plan* plan) {
  RETURN_IF_ERROR(CheckLength(raw.body_files.size(), raw.urls.size(), "--expect-body-file"));
  RETURN_IF_ERROR(CheckLength(raw.sizes.size(), raw.urls.size(), "--expect-size"));
  for (size_t i = 0; i < raw.urls.size(); ++i) {
    Target target{.status = raw.status};
    ASSIGN_OR_RETURN(target.url, ParseUrl(raw.urls[i]));
    if (const std::string* file = ItemFor(raw.body_files, i)) {
      ASSIGN_OR_RETURN(target.body, ReadFile(*file));
    }
    if (const uint64_t* size = ItemFor(raw.sizes, i)) target.size = *size;
    plan->targets.push_back(std::move(target));
  }
  return absl::OkStatus();
}

void SetDefaults(bool limited, Plan* plan) {
  int clients = 0;
  for (const int n : plan->clients) clients += n;
  if (clients == 0) plan->Clients(ClientKind::kBusy) = 1;
  if (!limited) plan->duration = absl::Seconds(10);
}

}  // namespace

absl::StatusOr<Options> ParseOptions(int argc, const char* const* argv) {
  Options options;
  Raw raw;
  CLI::App app(
      "Sends load to an HTTP/1.1 server and counts every answer that is not right.\n"
      "Exit status: 0 nothing lost, 1 lost, 2 wrong options, 3 no verdict.",
      "rollport-load");
  AddTargetOptions(app, &raw);
  AddClientOptions(app, &options.plan);
  AddPlanOptions(app, &options.plan);
  AddTimeOptions(app, &options.plan);
  app.add_flag("--json", options.json, "print JSON instead of a table");
  app.add_option("--report", options.report, "write the JSON to this file");
  app.add_flag("--progress", options.progress, "a line a second on stderr");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    options.help = app.help();
    return options;
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(error.what());
  }
  RETURN_IF_ERROR(MakeTargets(raw, &options.plan));
  SetDefaults(app.count("--duration") + app.count("--requests") > 0, &options.plan);
  RETURN_IF_ERROR(CheckPlan(options.plan));
  return options;
}

}  // namespace rollport::load
