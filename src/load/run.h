// One run: the clients of a plan, and what tells each of them when to begin a request.
#ifndef ROLLPORT_LOAD_RUN_H_
#define ROLLPORT_LOAD_RUN_H_

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "absl/status/status.h"
#include "load/client.h"
#include "load/open_loop.h"
#include "load/plan.h"
#include "load/request_maker.h"
#include "load/tally.h"
#include "os/event_loop.h"

namespace rollport::load {

class Run {
 public:
  // `plan` is borrowed. REQUIRES: CheckPlan(plan).ok().
  Run(os::EventLoop& loop, const Plan& plan);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  // Turns the loop until the plan is done or the run is ended, and every request has its outcome.
  absl::Status Execute();

  // Begins no more requests, and waits for those under way.
  void End();
  // Ends the run without waiting: requests under way are kUnfinished.
  void Abandon();

  const Tally& tally() const { return tally_; }
  // The time on the wall clock when the run began, and how long it has taken so far.
  absl::Time wall_start() const { return wall_start_; }
  absl::Duration elapsed() const { return loop_.Now() - tally_.start(); }
  // With a rate: requests that were due but never begun, because every client was busy to the end.
  uint64_t never_begun() const { return open_loop_.waiting(); }

 private:
  struct Seat {
    Seat(Run& run, ClientKind kind, size_t index);
    Client client;
    os::Timer start;
  };

  bool in_open_loop(ClientKind kind) const { return plan_.rate > 0 && IsPaced(kind); }
  void SeatClients();
  void OnFree(Client& client);
  void Begin(Client& client, Instant intended);
  // How long a client that keeps its own time waits before its next request.
  absl::Duration Pause(ClientKind kind);
  void StopIfDone();

  os::EventLoop& loop_;
  const Plan& plan_;
  std::mt19937_64 random_;
  RequestMaker maker_;
  Tally tally_;
  RunContext context_;
  const absl::Time wall_start_;
  std::vector<std::unique_ptr<Seat>> seats_;
  OpenLoop open_loop_;
  uint64_t begun_ = 0;
  bool ending_ = false;
  os::Timer end_;
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_RUN_H_
