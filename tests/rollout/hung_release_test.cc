// How long a fleet of four is not served by the former generation when people go back from a
// release that hangs, at whatever moment it hangs and they ask.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rollout/retirement.h"
#include "tests/rollout/scenario.h"

namespace rollport::rollout {
namespace {

constexpr GenerationId kGood{1}, kHanging{2};

// A fleet of processes, and the controller's shell around them, in a time of its own. What the
// shell does is what src/controller does.
class World {
 public:
  // Workers of the second generation hang for ever when they are this old, or, with `at_once`, all
  // at that time after the roll began. `clients`: these wait in the accept queue of a worker with a
  // share that hangs.
  World(const Policy& policy, absl::Duration hang, bool at_once, int clients)
      : scenario_(policy), hang_(hang), at_once_(at_once), clients_(clients) {
    Do(TimePassed{});
    RunUntil([this] { return fleet().started; }, absl::Seconds(60));
    began_ = now();
  }

  Instant now() const { return scenario_.now; }
  Instant began() const { return began_; }
  const Fleet& fleet() const { return scenario_.plan.view(); }
  std::string Picture() { return ToString(fleet(), began_); }
  std::string trace() const { return trace_; }

  void Do(const Event& event) {
    const Fleet before = fleet();
    const Actions actions = scenario_.plan.Step(now(), event);
    for (const std::string& broken : BrokenPromises(before, actions, fleet())) {
      ADD_FAILURE() << broken << " after " << ToString(event) << "\n" << Picture();
    }
    if (!std::holds_alternative<WorkerProbed>(event) || !actions.empty()) {
      absl::StrAppend(&trace_, absl::FormatDuration(now() - began_), " ", ToString(event), "\n");
    }
    for (const Action& action : actions) {
      absl::StrAppend(&trace_, "    ", ToString(action), "\n");
      Carry(action);
    }
  }

  // True if `condition` has become true within `limit`.
  template <typename F>
  bool RunUntil(F condition, absl::Duration limit) {
    const Instant end = now() + limit;
    while (!condition()) {
      if (!Turn(end)) return false;
    }
    return true;
  }
  void RunTo(Instant when) {
    while (now() < when && Turn(when)) {
    }
    scenario_.now = std::max(now(), when);
  }

 private:
  struct Process {
    GenerationId generation;
    Instant launched;
    bool probed = false;
    Instant probe_began;
    bool overdue_told = true;
    Instant next_probe = Instant::Never();
    bool in_round = false;
    int in_queue = 0;  // probes that it has not accepted
  };
  using Pending = std::multimap<std::pair<Instant, int>, Event>;

  bool Hangs(const Process& process, Instant when) const {
    if (process.generation != kHanging) return false;
    return when >= (at_once_ ? began_ : process.launched) + hang_;
  }

  void Later(absl::Duration delay, Event event) {
    pending_.emplace(std::pair(now() + delay, ++order_), std::move(event));
  }

  void Carry(const Action& action) {
    if (const auto* launch = std::get_if<LaunchWorker>(&action)) {
      processes_[launch->worker] = {.generation = launch->generation, .launched = now()};
      if (!Hangs(processes_[launch->worker], now() + kStartUp)) {
        Later(kStartUp, WorkerBecameReady{launch->worker});
      }
    } else if (const auto* probe = std::get_if<ProbeWorker>(&action)) {
      Process& process = processes_.at(probe->worker);
      if (!process.in_round) process.next_probe = now();
      process.probed = true;
    } else if (const auto* quiesce = std::get_if<QuiesceWorker>(&action)) {
      quiescing_.insert(quiesce->worker);
      Process& process = processes_.at(quiesce->worker);
      if (Hangs(process, now()) && fleet().workers.at(quiesce->worker).served) {
        process.in_queue += clients_;
      }
      TellQueue(quiesce->worker);
    } else if (const auto* drain = std::get_if<DrainWorker>(&action)) {
      if (!Hangs(processes_.at(drain->worker), now() + kMoment)) {
        Later(kMoment, ListenersLeft{drain->worker});
        Later(2 * kMoment, WorkerExited{drain->worker, "exited"});
      }
    } else if (const auto* close = std::get_if<CloseListeners>(&action)) {
      Later(kMoment, ListenersLeft{close->worker});
    } else if (const auto* kill = std::get_if<KillWorker>(&action)) {
      Later(kMoment, WorkerExited{kill->worker, "killed"});
    } else if (const auto* note = std::get_if<NoteWorker>(&action)) {
      if (IsUnwanted(note->state) && !IsProbedStill(note->worker)) {
        StopProbing(note->worker);
      }
      if (note->state != WorkerState::kQuiescing) quiescing_.erase(note->worker);
    }
  }

  void TellQueue(WorkerId id) {
    const Process& process = processes_.at(id);
    if (clients_ > 0 && process.in_queue > 0) {
      Later(kMoment, AcceptQueueChanged{id, process.in_queue});
    }
  }

  bool IsProbedStill(WorkerId id) const {
    return IsProbedWhileLeaving(fleet(), fleet().workers.at(id));
  }
  void StopProbing(WorkerId id) {
    Process& process = processes_.at(id);
    process.probed = process.in_round = false;
    process.next_probe = Instant::Never();
  }

  // The next thing that happens, until `end`.
  bool Turn(Instant end) {
    Instant next = scenario_.plan.NextDeadline();
    if (!pending_.empty()) next = std::min(next, pending_.begin()->first.first);
    for (const auto& [id, process] : processes_) next = std::min(next, NextOf(process));
    if (!quiescing_.empty()) next = std::min(next, now() + kMoment);
    if (next > end) {
      scenario_.now = end;
      return false;
    }
    scenario_.now = std::max(now(), next);
    if (!pending_.empty() && pending_.begin()->first.first <= now()) {
      const Event event = pending_.begin()->second;
      pending_.erase(pending_.begin());
      Happen(event);
      return true;
    }
    for (auto& [id, process] : processes_) {
      if (NextOf(process) > now()) continue;
      Probe(id, process);
      return true;
    }
    for (const WorkerId id : quiescing_) {
      if (processes_.at(id).in_queue > 0) continue;
      quiescing_.erase(id);
      Do(WorkerQuiesced{id});
      return true;
    }
    if (scenario_.plan.NextDeadline() <= now()) Do(TimePassed{});
    return true;
  }

  void Happen(const Event& event) {
    if (const auto* exited = std::get_if<WorkerExited>(&event)) {
      quiescing_.erase(exited->worker);
      processes_.erase(exited->worker);
      Do(event);
    } else if (const auto* left = std::get_if<ListenersLeft>(&event)) {
      if (!processes_.contains(left->worker)) return;
      StopProbing(left->worker);
      Do(event);
    } else {
      Do(event);
    }
  }

  Instant NextOf(const Process& process) const {
    if (!process.probed) return Instant::Never();
    if (!process.in_round) return process.next_probe;
    if (!Hangs(process, process.probe_began)) return process.probe_began + kAnswer;
    return process.probe_began + (process.overdue_told ? kTimeout : kTimeout / 4);
  }

  void Probe(WorkerId id, Process& process) {
    if (!process.in_round) {
      process.in_round = true;
      process.overdue_told = false;
      process.probe_began = now();
      if (Hangs(process, now())) ++process.in_queue;
      TellQueue(id);
      return;
    }
    const absl::Duration age = now() - process.probe_began;
    if (!Hangs(process, process.probe_began)) {
      process.in_round = false;
      process.next_probe = process.probe_began + kInterval;
      const Worker& worker = fleet().workers.at(id);
      const bool answered_while_leaving = IsLeaving(worker) && now() + -age >= worker.since;
      if (answered_while_leaving) StopProbing(id);
      Do(WorkerProbed{id, ProbeResult::kGood, "", age});
    } else if (!process.overdue_told) {
      process.overdue_told = true;
      Do(WorkerProbed{id, ProbeResult::kOverdue, "no answer yet", age});
    } else {
      process.in_round = false;
      process.next_probe = now();
      Do(WorkerProbed{id, ProbeResult::kSilent, "was not accepted", age});
    }
  }

  static constexpr absl::Duration kMoment = absl::Milliseconds(2);
  static constexpr absl::Duration kAnswer = absl::Milliseconds(5);
  static constexpr absl::Duration kStartUp = absl::Milliseconds(100);
  static constexpr absl::Duration kInterval = absl::Milliseconds(200);
  static constexpr absl::Duration kTimeout = absl::Seconds(1);

  Scenario scenario_;
  const absl::Duration hang_;
  const bool at_once_;
  const int clients_;
  Instant began_ = Instant::Never();
  std::map<WorkerId, Process> processes_;
  std::set<WorkerId> quiescing_;
  Pending pending_;
  int order_ = 0;
  std::string trace_;
};

constexpr int kSlots = 4;

// The defaults of a fleet file.
Policy FourSlots(int surge) {
  Policy policy;
  policy.workers = kSlots;
  policy.surge = surge;
  return policy;
}

bool GoingBack(const Fleet& fleet) {
  return !fleet.roll.has_value() || fleet.roll->reverting.has_value();
}

// How long it takes until every slot is served by the former generation again, if people go back
// `asked` after the roll began.
absl::Duration GoBack(World& world, absl::Duration asked) {
  world.Do(RollRequested{.generation = kHanging});
  world.RunTo(world.began() + asked);
  if (!world.fleet().roll.has_value()) {
    world.Do(RollRequested{.generation = kGood});
  } else if (!GoingBack(world.fleet())) {
    world.Do(AbortRequested{});
  }
  const Instant began = world.now();
  const auto served = [&] { return world.fleet().ServedBy(kGood) == kSlots; };
  return world.RunUntil(served, absl::Minutes(5)) ? world.now() - began : absl::InfiniteDuration();
}

struct Release {
  int clients;
  bool at_once;
  int surge;
  absl::Duration limit;
  const char* name;
};

class HungReleaseTest : public testing::TestWithParam<Release> {};

TEST_P(HungReleaseTest, TheFormerGenerationServesSoonAgainWheneverItHangsAndTheyGoBack) {
  for (absl::Duration hang; hang < absl::Seconds(8); hang += absl::Milliseconds(137)) {
    for (absl::Duration asked; asked < absl::Seconds(13); asked += absl::Milliseconds(311)) {
      World world(FourSlots(GetParam().surge), hang, GetParam().at_once, GetParam().clients);
      const absl::Duration took = GoBack(world, asked);
      ASSERT_LE(took, GetParam().limit) << "hangs " << hang << ", asked " << asked << "\n"
                                        << world.trace();
    }
  }
}

// A slot takes 1.1 s: the start of a worker, and min_healthy_time. That a worker hangs is known
// after 4 s at most, also if it has just been told to stop: it is looked at a second later, and
// unhealthy_after probes take 3 s.
INSTANTIATE_TEST_SUITE_P(
    , HungReleaseTest,
    testing::Values(Release{0, false, 1, absl::Seconds(9), "EachAtItsAgeOneSlotAtATime"},
                    Release{0, true, 1, absl::Seconds(9), "AllAtOnceOneSlotAtATime"},
                    Release{0, false, 4, absl::Seconds(6), "EachAtItsAgeAllSlots"},
                    Release{0, true, 4, absl::Seconds(6), "AllAtOnceAllSlots"},
                    Release{3, false, 1, absl::Seconds(9), "EachAtItsAgeWithClientsInItsQueue"},
                    Release{3, true, 1, absl::Seconds(9), "AllAtOnceWithClientsInTheirQueues"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace rollport::rollout
