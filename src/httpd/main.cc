#include "httpd/main.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "httpd/access_log.h"
#include "httpd/debug_endpoints.h"
#include "httpd/file_handler.h"
#include "httpd/mime.h"
#include "httpd/settings.h"
#include "protocol/variables.h"
#include "rollport/worker.h"

namespace rollport::httpd {
namespace {

constexpr char kHealthPath[] = "/healthz";

// How long a log that takes no more lines is left alone.
constexpr std::chrono::milliseconds kLogAgain{100};

int Fail(const absl::Status& status) {
  std::cerr << "rollport-httpd: " << ToStd(status.message()) << "\n";
  return 1;
}

WorkerOptions OptionsFor(const Settings& settings) {
  WorkerOptions options;
  options.name = "rollport-httpd";
  options.listen = settings.listen;
  options.max_body_bytes = settings.max_body_bytes;
  options.drain_timeout = absl::ToChronoMilliseconds(settings.drain_timeout);
  options.health_path = settings.fault.kind == Fault::Kind::kUnhealthy ? "" : kHealthPath;
  return options;
}

void ShowGeneration(Worker* worker) {
  const bool alone = worker->slot() < 0;
  worker->AddField("X-Rollport-Generation", alone ? "-" : worker->generation());
  worker->AddField("X-Rollport-Slot", alone ? "-" : std::to_string(worker->slot()));
}

// Lines of one turn of the loop go out together in the next.
void FlushSoon(Worker* worker, AccessLog* log, std::chrono::milliseconds delay) {
  worker->After(delay, [worker, log] {
    if (log->Flush()) FlushSoon(worker, log, kLogAgain);
  });
}

void LogAccess(Worker* worker, AccessLog* log) {
  worker->OnAccess([worker, log](const Worker::AccessRecord& record) {
    if (log->Add(record, time(nullptr))) FlushSoon(worker, log, {});
  });
}

void SayWhere(const Worker& worker, const Settings& settings) {
  for (const std::string& address : worker.addresses()) {
    std::cerr << "rollport-httpd: serving " << settings.root << " at http://" << address << "/\n";
  }
}

[[noreturn]] void Hang() {
  while (true) pause();
}

// Called once the worker serves: says where, and fails if --fault asks for that.
void OnServing(Worker* worker, const Settings& settings) {
  if (worker->slot() < 0) SayWhere(*worker, settings);
  switch (settings.fault.kind) {
    case Fault::Kind::kHangAfterReady:
      Hang();
    case Fault::Kind::kHangAfter:
      worker->After(absl::ToChronoMilliseconds(settings.fault.after), Hang);
      break;
    case Fault::Kind::kExitAfter:
      worker->After(absl::ToChronoMilliseconds(settings.fault.after), [] { _exit(1); });
      break;
    default:
      break;
  }
}

// A release that passes its probes and serves its users badly.
void HandleBadly(Worker* worker, const Fault& fault) {
  worker->Handle("/", [worker, fault, count = 0](const Request&, Response response) mutable {
    if (fault.kind == Fault::Kind::kErrors) {
      const bool bad = ++count % 5 == 0;
      return response.Send(bad ? 500 : 200, kPlainText, "as --fault says\n");
    }
    worker->After(absl::ToChronoMilliseconds(fault.after), [response]() mutable {
      response.Send(200, kPlainText, "late, as --fault says\n");
    });
  });
}

int Serve(const Settings& settings) {
  absl::StatusOr<Root> root = Root::Open(settings.root);
  if (!root.ok()) return Fail(root.status());
  std::unique_ptr<AccessLog> log;
  if (settings.access_log.has_value()) {
    absl::StatusOr<AccessLog> opened = AccessLog::Open(*settings.access_log);
    if (!opened.ok()) return Fail(opened.status());
    log = std::make_unique<AccessLog>(*std::move(opened));
  }

  FileHandler files(*std::move(root), settings.cache_bytes);
  Worker worker(OptionsFor(settings));
  using Kind = Fault::Kind;
  if (settings.fault.kind == Kind::kErrors || settings.fault.kind == Kind::kSlow) {
    HandleBadly(&worker, settings.fault);
  } else {
    const auto answer = [&files](const Request& request, const Response& response) {
      files.Answer(request, response);
    };
    worker.Handle("/", answer);
    worker.Handle("*", answer);  // OPTIONS of the server as a whole
  }
  if (settings.debug_endpoints) AddDebugEndpoints(&worker);
  if (settings.fault.kind == Kind::kUnhealthy) {
    worker.Handle(kHealthPath, [](const Request&, Response response) {
      response.Send(500, kPlainText, "unhealthy, as --fault says\n");
    });
  }
  if (settings.show_generation) ShowGeneration(&worker);
  if (log != nullptr) LogAccess(&worker, log.get());
  worker.OnStart([&] {
    // After the first turn: by then the worker listens and has said READY=1.
    worker.After({}, [&] { OnServing(&worker, settings); });
    return true;
  });
  const int status = worker.Run();
  if (log != nullptr) log->Flush();
  return status;
}

}  // namespace

int Main(int argc, const char* const* argv) {
  const std::variant<Settings, int> parsed = ParseCommandLine(argc, argv);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  const Settings& settings = std::get<Settings>(parsed);
  if (settings.fault.kind == Fault::Kind::kExitAtStart) {
    std::cerr << "rollport-httpd: ends at the start, as --fault says\n";
    return 1;
  }
  if (settings.fault.kind == Fault::Kind::kNeverReady) unsetenv(protocol::kNotifySocket);
  return Serve(settings);
}

}  // namespace rollport::httpd
