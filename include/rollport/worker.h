// A worker process in about 20 lines: options, handlers, Run().
//
//   rollport::Worker worker({.name = "hello"});
//   worker.Handle("/", [](const rollport::Request&, rollport::Response response) {
//     response.Send(200, "text/plain", "hello\n");
//   });
//   return worker.Run();
//
// Under the rollport controller the environment says where to listen and where to report readiness
// (docs/design.md, "What a worker is told"). Without that environment the same executable is an
// ordinary server.
//
// A Worker, and everything that it gives out, belongs to the thread that calls Run().
#ifndef ROLLPORT_WORKER_H_
#define ROLLPORT_WORKER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rollport/http.h"
#include "rollport/metrics.h"

namespace rollport {

struct WorkerOptions {
  // For log lines and the Server field.
  std::string name = "rollport";
  // "ADDRESS:PORT" or "[V6]:PORT" (port 0: any free one). Descriptors passed by LISTEN_FDS, or else
  // the addresses in ROLLPORT_LISTEN, replace these.
  std::vector<std::string> listen = {"127.0.0.1:8080"};

  // Bytes. A longer head is answered with 431 (a longer request line with 414), a longer body
  // with 413.
  uint64_t max_head_bytes = 16 << 10;
  uint64_t max_body_bytes = 1 << 20;
  // How long a client may take to send a whole head, to send more of a body, and to take more of an
  // answer. A head or body that has begun is then answered with 408; otherwise the connection is
  // closed. Empty lines before a head do not begin it.
  std::chrono::milliseconds head_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds send_timeout{30'000};
  // Bytes per second that a body must bring on the average, once it has taken body_timeout; else it
  // is answered with 408. Only time in which the worker waits for the body counts. 0: any.
  uint64_t min_body_rate = 500;
  // How long a connection may be idle between requests.
  std::chrono::milliseconds idle_timeout{60'000};
  // With this many open connections, new ones wait in the kernel's queue.
  uint32_t max_connections = 100'000;
  // From SIGTERM on: how long a drain waits for requests under way, for clients that are taking an
  // answer, and for idle connections without a successor. ROLLPORT_DRAIN_TIMEOUT in the environment
  // ("30s") replaces this.
  std::chrono::milliseconds drain_timeout{30'000};
  // The worker answers this path itself, with 200, or 503 while draining; if empty, it does not.
  std::string health_path = "/healthz";
};

class Worker {
 public:
  explicit Worker(WorkerOptions options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Handles requests whose path is `path` or, if `path` ends in '/', begins with it. The longest
  // match wins, and of two equal ones the later. A handler gets every method but CONNECT.
  //
  // Without a handler, OPTIONS gets 204 with an Allow field for "*" and for "/" (which HAProxy's
  // `option httpchk` asks for), a method that is not HTTP's own gets 501, and the rest 404.
  void Handle(std::string path, Handler handler);

  // Adds this field to every answer, including those that the library gives itself. Does nothing
  // for Content-Length, Transfer-Encoding, Connection and Date, which are the library's own.
  // REQUIRES: Run() has not been called.
  void AddField(std::string_view name, std::string_view value);

  // Runs when the addresses are bound and before the worker listens and sends READY=1: the place to
  // load what it needs. If it returns false, Run() returns 1.
  void OnStart(std::function<bool()> callback);
  // Calls `callback` in the worker's loop after `delay`, unless the worker has ended by then.
  // REQUIRES: called while Run() runs: by a handler, OnStart or another such callback.
  void After(std::chrono::milliseconds delay, std::function<void()> callback);

  // Called for every answered request except the controller's probes, for an access log.
  struct AccessRecord {
    std::string peer;            // as Request::peer()
    std::string method, target;  // empty if the request could not be read
    std::string version;         // of the request, "HTTP/1.0"; empty likewise
    int status = 0;              // 200 to 599
    uint64_t body_bytes = 0;     // of the answer, without its head and framing
    // From the head's arrival until the answer was complete, though not yet all sent.
    std::chrono::microseconds duration{0};
  };
  void OnAccess(std::function<void(const AccessRecord&)> callback);

  // Metrics of the worker's own: rollport/metrics.h. If one breaks a rule there, Run() returns 1
  // and writes one line to stderr. If creation fails while running, the handle is not valid() and
  // counts nothing. `bounds` are the upper bounds of the buckets: 1 to 16, in rising order; one
  // more bucket counts what is above the last.
  Counter AddCounter(MetricOptions options);
  Gauge AddGauge(MetricOptions options);
  Histogram AddHistogram(MetricOptions options, std::vector<double> bounds);

  // Binds, listens, sends READY=1, serves until SIGTERM or SIGINT, drains, and returns the exit
  // status: 0 after a drain; 1, with one line on stderr, if the worker could not start or its loop
  // failed. The same signal again ends the drain at once. Blocks SIGPIPE, SIGTERM and SIGINT in the
  // calling thread. REQUIRES: called once.
  int Run();

  // Where the worker listens, with the ports that were chosen for port 0: "127.0.0.1:41234". Empty
  // before OnStart.
  std::vector<std::string> addresses() const;

  // From the environment: empty and -1 if no controller has started this process.
  std::string generation() const;
  int slot() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rollport

#endif  // ROLLPORT_WORKER_H_
