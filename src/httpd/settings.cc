#include "httpd/settings.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace rollport::httpd {
namespace {

constexpr char kAbout[] =
    "Serves a folder over HTTP/1.1.\n"
    "\n"
    "Run by hand it is an ordinary web server:\n"
    "  rollport-httpd --root site --listen 127.0.0.1:8080\n"
    "Several processes of one user may listen on the same port. As the command of a fleet file it\n"
    "is a worker that `rollport roll` replaces without a lost request; the controller then says\n"
    "where it listens.";

constexpr char kFoot[] =
    "Files: index.html stands for its folder; names that begin with a dot are not served, except\n"
    ".well-known; no link leads out of the root. The root is opened once, at the start. Small\n"
    "files are held in memory and checked (stat) between a request's arrival and its answer: what\n"
    "is sent is what is on disk.\n"
    "\n"
    "Debug end points: /debug/sleep?ms=N answers after N ms; /debug/echo returns the body of any\n"
    "method; /debug/stream?chunks=N&ms=M sends N lines, M ms apart.\n"
    "Faults (they need --debug-endpoints): exit-at-start, never-ready, unhealthy,\n"
    "hang-after-ready, errors, exit-after=DURATION, hang-after=DURATION, slow=DURATION.\n"
    "\n"
    "At SIGTERM or SIGINT it stops accepting, finishes the requests under way and exits. Exit\n"
    "status: 0 served and drained, 1 could not start, 2 the command line is wrong.";

// Takes the value of option `name`, or throws what CLI11 reports as a wrong command line.
template <typename T>
void Take(const char* name, absl::StatusOr<T> value, T* out) {
  if (!value.ok()) {
    throw CLI::ValidationError(std::string(name), std::string(value.status().message()));
  }
  *out = *std::move(value);
}

absl::StatusOr<absl::Duration> ParseDuration(const std::string& text) {
  absl::Duration duration;
  if (absl::ParseDuration(text, &duration) && duration >= absl::ZeroDuration()) return duration;
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a duration like 30s"));
}

// "1048576", "64k", "1M", "2G": powers of 1024.
absl::StatusOr<uint64_t> ParseSize(const std::string& text) {
  uint64_t n = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, n);
  constexpr std::string_view kUnits = "kMG";
  const size_t unit = rest + 1 == end ? kUnits.find(*rest) : std::string_view::npos;
  const unsigned shift = rest == end ? 0 : 10 * (static_cast<unsigned>(unit) + 1);
  const bool read = error == std::errc() && (rest == end || unit != std::string_view::npos);
  if (read && n <= (uint64_t{1} << 40)) return n << shift;
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a size like 64k or 1M"));
}

void AddSize(CLI::App& app, const char* name, uint64_t* out, const char* what) {
  app.add_option_function<std::string>(
         name, [=](const std::string& text) { Take(name, ParseSize(text), out); }, what)
      ->option_text("SIZE");
}

void AddServing(CLI::App& app, Settings& s) {
  app.add_option("--root", s.root, "The folder to serve [.]")->option_text("FOLDER");
  app.add_option("--listen", s.listen,
                 "ADDRESS:PORT or [V6]:PORT, port 0 for any free one; may be given several times "
                 "[127.0.0.1:8080]")
      ->option_text("ADDRESS")
      ->allow_extra_args(false);
  app.add_option("--access-log", s.access_log,
                 "Log each answer in the Common Log Format to this file; - is standard output")
      ->option_text("FILE");
  app.add_flag("--show-generation", s.show_generation,
               "Add X-Rollport-Generation and X-Rollport-Slot to every answer");
  AddSize(app, "--max-body", &s.max_body_bytes, "Refuse a longer request body with 413 [1M]");
  AddSize(app, "--cache", &s.cache_bytes, "Memory for small files; 0 for none [8M]");
  app.add_option_function<std::string>(
         "--drain-timeout",
         [&s](const std::string& text) {
           Take("--drain-timeout", ParseDuration(text), &s.drain_timeout);
         },
         "How long to wait for requests under way after SIGTERM [30s]")
      ->option_text("DURATION");
}

void AddDebugging(CLI::App& app, Settings& s) {
  auto* const debug =
      app.add_flag("--debug-endpoints", s.debug_endpoints, "Serve the end points below /debug/");
  app.add_option_function<std::string>(
         "--fault", [&s](const std::string& text) { Take("--fault", ParseFault(text), &s.fault); },
         "Fail on purpose, to test rolls; needs --debug-endpoints")
      ->option_text("KIND")
      ->needs(debug);
}

}  // namespace

absl::StatusOr<Fault> ParseFault(const std::string& text) {
  using Kind = Fault::Kind;
  const std::pair<const char*, Kind> plain[] = {{"exit-at-start", Kind::kExitAtStart},
                                                {"never-ready", Kind::kNeverReady},
                                                {"unhealthy", Kind::kUnhealthy},
                                                {"hang-after-ready", Kind::kHangAfterReady},
                                                {"errors", Kind::kErrors}};
  for (const auto& [name, kind] : plain) {
    if (text == name) return Fault{kind};
  }
  const std::pair<std::string, Kind> timed[] = {
      {"exit-after=", Kind::kExitAfter}, {"hang-after=", Kind::kHangAfter}, {"slow=", Kind::kSlow}};
  for (const auto& [prefix, kind] : timed) {
    Fault fault{kind};
    if (text.starts_with(prefix) && absl::ParseDuration(text.substr(prefix.size()), &fault.after) &&
        fault.after >= absl::ZeroDuration()) {
      return fault;
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text,
                   "\" is not a fault: exit-at-start, never-ready, unhealthy, hang-after-ready, "
                   "errors, exit-after=DURATION, hang-after=DURATION, slow=DURATION"));
}

std::variant<Settings, int> ParseCommandLine(int argc, const char* const* argv) {
  Settings settings;
  CLI::App app(kAbout, "rollport-httpd");
  app.footer(kFoot);
  app.set_version_flag("--version", "rollport-httpd " ROLLPORT_VERSION);
  app.get_formatter()->column_width(24);
  AddServing(app, settings);
  AddDebugging(app, settings);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    app.exit(help);
    return 0;
  } catch (const CLI::ParseError& error) {
    std::cerr << "rollport-httpd: " << error.what() << " (see --help)\n";
    return 2;
  }
  return settings;
}

}  // namespace rollport::httpd
