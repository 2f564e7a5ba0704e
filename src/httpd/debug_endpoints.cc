#include "httpd/debug_endpoints.h"

#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "httpd/mime.h"

namespace rollport::httpd {
namespace {

constexpr int64_t kMaxMillis = 3'600'000;
constexpr int64_t kMaxChunks = 1'000'000'000;

// The number called `name` in the query, or `otherwise` if the query has none. If it is not a
// number from 0 to `most`, answers with 400 and returns nullopt.
std::optional<int64_t> Number(const Request& request, Response response, const char* name,
                              int64_t most, int64_t otherwise) {
  const std::optional<std::string> given = request.query_value(name);
  if (!given.has_value()) return otherwise;
  const std::string& text = *given;
  int64_t n = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error == std::errc() && end == text.data() + text.size() && n >= 0 && n <= most) return n;
  response.Send(400, kPlainText, absl::StrCat(name, " is not a number from 0 to ", most, "\n"));
  return std::nullopt;
}

void Sleep(Worker* worker, const Request& request, Response response) {
  const std::optional<int64_t> millis = Number(request, response, "ms", kMaxMillis, 0);
  if (!millis.has_value()) return;
  worker->After(std::chrono::milliseconds(*millis), [response, n = *millis]() mutable {
    response.Send(200, kPlainText, absl::StrCat("slept ", n, " ms\n"));
  });
}

void Echo(const Request& request, Response response) {
  response.Send(200, request.header("Content-Type").value_or("application/octet-stream"),
                request.body());
}

// A stream under way, kept alive by the callback that will continue it.
struct Stream : std::enable_shared_from_this<Stream> {
  Stream(Worker* worker, Response response, int64_t chunks, int64_t millis)
      : worker(worker), response(std::move(response)), chunks(chunks), pause(millis) {}

  void Continue() {
    while (sent < chunks && !response.aborted()) {
      const bool room = response.Write(absl::StrCat("chunk ", ++sent, "\n"));
      if (sent == chunks) break;
      auto next = [self = shared_from_this()] { self->Continue(); };
      if (!room) return response.OnWritable(std::move(next));
      if (pause.count() > 0) return worker->After(pause, std::move(next));
    }
    response.End();
  }

  Worker* worker;
  Response response;
  int64_t sent = 0;
  const int64_t chunks;
  const std::chrono::milliseconds pause;
};

void StreamLines(Worker* worker, const Request& request, Response response) {
  const std::optional<int64_t> chunks = Number(request, response, "chunks", kMaxChunks, 1);
  if (!chunks.has_value()) return;
  const std::optional<int64_t> millis = Number(request, response, "ms", kMaxMillis, 0);
  if (!millis.has_value()) return;
  response.Start(200, kPlainText);
  std::make_shared<Stream>(worker, std::move(response), *chunks, *millis)->Continue();
}

}  // namespace

void AddDebugEndpoints(Worker* worker) {
  worker->Handle("/debug/sleep", [worker](const Request& request, Response response) {
    Sleep(worker, request, std::move(response));
  });
  worker->Handle("/debug/echo", Echo);
  worker->Handle("/debug/stream", [worker](const Request& request, Response response) {
    StreamLines(worker, request, std::move(response));
  });
}

}  // namespace rollport::httpd
