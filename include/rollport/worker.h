// A worker process in about 20 lines: options, handlers, Run().
//
//   rollport::Worker worker({.name = "hello"});
//   worker.Handle("/", [](const rollport::Request&, rollport::Response response) {
//     response.Send(200, "text/plain", "hello\n");
//   });
//   return worker.Run();
//
// Under the rollport controller the environment says where to listen and whom to tell (README.md,
// "What a worker is told"); without it the same program is an ordinary server.
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
  // "ADDRESS:PORT" or "[V6]:PORT" (port 0: any free one). The environment's ROLLPORT_LISTEN, and
  // descriptors given by LISTEN_FDS, go before this.
  std::vector<std::string> listen = {"127.0.0.1:8080"};

  uint64_t max_head_bytes = 16 << 10;  // above: 431
  uint64_t max_body_bytes = 1 << 20;   // above: 413
  // A client gets this long to send a whole head, to send some more of a body, and to take some
  // more of an answer; then 408, or the connection is closed.
  std::chrono::milliseconds head_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds send_timeout{30'000};
  // How long a connection may be idle between requests.
  std::chrono::milliseconds idle_timeout{60'000};
  uint32_t max_connections = 100'000;  // above: accepting waits
  // From SIGTERM: how long requests under way, and idle connections that no other worker takes and
  // that may yet send one, are waited for. The environment's ROLLPORT_DRAIN_TIMEOUT ("30s") goes
  // before this.
  std::chrono::milliseconds drain_timeout{30'000};
  // The worker answers this path itself with 200 (503 while draining); empty: it does not.
  std::string health_path = "/healthz";
};

class Worker {
 public:
  explicit Worker(WorkerOptions options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Answers requests whose path is `path`, or is below it where it ends in '/'. The longest wins;
  // a path nobody handles gets 404.
  void Handle(std::string path, Handler handler);

  // Adds this field to every answer, also to those that the library gives by itself.
  // Content-Length, Transfer-Encoding, Connection and Date are the library's own and are left as
  // they are. REQUIRES: Run() has not been called.
  void AddField(std::string_view name, std::string_view value);

  // Runs before READY=1 is said; to load what the worker needs. False: Run() ends with 1.
  void OnStart(std::function<bool()> callback);
  // Calls back on the worker's loop after `delay`, unless the worker has ended before. REQUIRES: a
  // handler, OnStart or another such callback calls.
  void After(std::chrono::milliseconds delay, std::function<void()> callback);

  // Called for every answered request but the controller's probes, for an access log. Method and
  // target are empty where the request could not be read.
  struct AccessRecord {
    std::string peer, method, target;
    int status = 0;
    uint64_t body_bytes = 0;
    std::chrono::microseconds duration{0};
  };
  void OnAccess(std::function<void(const AccessRecord&)> callback);

  // Metrics of its own: rollport/metrics.h. One that breaks a rule there makes Run() end with 1 and
  // one line on stderr. One that is made while the worker runs and cannot be is not valid(), and
  // counts nothing. `bounds` are the upper bounds of buckets, 1 to 16 that rise; above the last one
  // there is one more bucket.
  Counter AddCounter(MetricOptions options);
  Gauge AddGauge(MetricOptions options);
  Histogram AddHistogram(MetricOptions options, std::vector<double> bounds);

  // Binds, says READY=1, serves until SIGTERM or SIGINT, drains, and returns the exit status: 0
  // after a drain, 1 with one line on stderr where it could not start. The same signal again ends
  // it at once. To be called once; blocks SIGPIPE, SIGTERM and SIGINT in this process.
  int Run();

  // Where it listens, with the ports that were chosen for port 0: "127.0.0.1:41234". From OnStart
  // on.
  std::vector<std::string> addresses() const;

  // From the environment; empty and -1 where no controller has started this process.
  std::string generation() const;
  int slot() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rollport

#endif  // ROLLPORT_WORKER_H_
