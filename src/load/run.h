// One run: the clients of a plan, and what tells each of them when to begin.
#ifndef ROLLPORT_LOAD_RUN_H_
#define ROLLPORT_LOAD_RUN_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "absl/status/status.h"
#include "load/client.h"
#include "load/pacer.h"
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

  // Turns the loop until the plan is done, or the run was ended, and every request has its outcome.
  absl::Status Execute();

  // Begins no more requests, and waits for those under way.
  void End();
  // Does not wait for them either.
  void Abandon();

  const Tally& tally() const { return tally_; }
  // When Execute() began, and how long it has taken so far, or took.
  absl::Time wall_start() const { return wall_start_; }
  absl::Duration elapsed() const { return loop_.Now() - tally_.start(); }
  // Open loop: requests that were due but never begun, because every client was busy to the end.
  uint64_t never_begun() const { return owed_.size(); }

 private:
  struct Seat {
    Seat(Run& run, ClientKind kind, size_t index);
    Client client;
    os::Timer start;
  };

  bool open_loop() const { return plan_.rate > 0; }
  absl::Status StartPacer();
  void OnFree(Client& client);
  // The client's own time has come, or the beat of the open loop.
  void Begin(Client& client, Instant intended);
  void OnTick(Instant due);
  // What the client waits before its next request.
  absl::Duration Pause(ClientKind kind);
  void StopIfDone();

  os::EventLoop& loop_;
  const Plan& plan_;
  std::mt19937_64 random_;
  RequestMaker maker_;
  Tally tally_;
  Workshop shop_;
  const absl::Time wall_start_;
  std::vector<std::unique_ptr<Seat>> seats_;
  std::deque<Client*> waiting_;  // free clients of the open loop, longest free first
  std::deque<Instant> owed_;     // requests of the open loop for which no client is free
  uint64_t begun_ = 0;
  bool ending_ = false;
  os::Timer end_;
  std::unique_ptr<Pacer> pacer_;
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_RUN_H_
