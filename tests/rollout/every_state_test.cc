// Walks every reachable state of small fleets, whatever crashes, hangs, lies, comes late or is
// asked for at any point, and checks every promise on every step. Then it looks at the graph that
// it has walked: from every state with a roll there is a path to its end, and in the most hostile
// world, in which no worker ever does anything, every roll still ends by deadlines alone.
#include <deque>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/rollout/scenario.h"

namespace rollport::rollout {
namespace {

// A worker that is out of its groups and only finishes what it holds, or that leaves and has never
// had a share. It holds nothing else up, unless its slot is closed: that is over when it has left.
bool OnlyLeaves(const Fleet& fleet, const Worker& worker) {
  if (!worker.listening && IsStopping(worker.state)) return true;
  return IsLeaving(worker) && !worker.served && !fleet.slots[worker.slot.value()].closed;
}

// True if it matters that this worker's last probe is bad or overdue.
bool MayDoubt(const Fleet& fleet, WorkerId id) {
  const Worker& worker = fleet.workers.at(id);
  if (AwaitsAdmission(worker.state)) return true;
  return worker.state == WorkerState::kServing && fleet.roll && fleet.roll->HasBrought(id, worker);
}

// A plan's state without everything that does not matter for the future: absolute time, the
// numbers of workers and generations, workers that only leave (while the fleet lives), and counts
// beyond the point where they change anything.
class Canonical {
 public:
  Canonical(const Plan& plan, Instant now) : plan_(plan), fleet_(plan.view()), now_(now) {
    for (const auto& [id, worker] : fleet_.workers) {
      if (!fleet_.stopping && OnlyLeaves(fleet_, worker)) continue;
      number_.emplace(id, static_cast<int64_t>(number_.size()));
      generations_.insert(worker.generation);
    }
    for (const Slot& slot : fleet_.slots) generations_.insert(slot.wanted);
    generations_.insert(fleet_.generation);
    if (fleet_.roll) generations_.insert({fleet_.roll->from, fleet_.roll->to});
  }

  std::string Key() {
    std::string key = absl::StrCat(fleet_.started, fleet_.ever_healthy, fleet_.stopping,
                                   fleet_.stopped, Rank(fleet_.generation));
    if (fleet_.roll) {
      absl::StrAppend(&key, "r", static_cast<int>(fleet_.roll->kind), Rank(fleet_.roll->from),
                      Rank(fleet_.roll->to), fleet_.roll->workers_before, fleet_.roll->workers,
                      fleet_.roll->only.value(), ",", fleet_.roll->canary.size(), fleet_.roll->step,
                      fleet_.roll->step_over, Number(fleet_.roll->trial), fleet_.roll->paused,
                      fleet_.roll->reverting ? static_cast<int>(*fleet_.roll->reverting) : 9, ",",
                      Coming(fleet_.roll->watch_until), ",", Until(fleet_.roll->answer_until));
    }
    for (const Slot& slot : fleet_.slots) {
      absl::StrAppend(&key, "|", Rank(slot.wanted), ",", Number(slot.serving), ",",
                      Number(slot.next), ",", std::min(slot.failures, 3), ",", slot.revert_failed,
                      slot.renew, slot.closed, ",",
                      slot.launch_at == Instant() ? "-" : Until(slot.launch_at));
    }
    for (const auto& [id, number] : number_) {
      const Worker& w = fleet_.workers.at(id);
      absl::StrAppend(&key, ";", w.slot.value(), Rank(w.generation), static_cast<int>(w.state), ",",
                      Deadline(w), ",", Until(w.leave_by), ",", w.good_probes, w.bad_probes,
                      w.unhealthy, w.listening, w.served, fleet_.weights.contains(id));
      if (w.state == WorkerState::kQuiescing) {
        absl::StrAppend(&key, ",", w.queue.waiting, w.queue.shrinks, w.queue.awaited);
      }
      if (w.state == WorkerState::kReady) {
        absl::StrAppend(&key, ",", Until(w.fail_at), ",", Coming(w.healthy_from));
      }
      if (!IsUnwanted(w.state) || IsLeaving(w) || w.state == WorkerState::kDismissed) {
        absl::StrAppend(&key, ",", Probe(fleet_, id));
      }
      if (fleet_.roll && (AwaitsAdmission(w.state) || IsAdmitted(w.state))) {
        const bool fresh = fleet_.roll->HasBrought(id, w);
        absl::StrAppend(&key, ",", fresh, fresh && w.good_began >= fleet_.roll->watch_until);
      }
      if (w.state == WorkerState::kServing) {
        absl::StrAppend(&key, ",", now_ - w.since >= plan_.policy().stable_after);
      }
    }
    return key;
  }

 private:
  // What of its last probe matters.
  static int Probe(const Fleet& fleet, WorkerId id) {
    const Worker& w = fleet.workers.at(id);
    const int silent = w.last_probe == ProbeResult::kSilent ? 2 : 0;
    return silent + (MayDoubt(fleet, id) && IsInDoubt(w) ? 1 : 0);
  }
  int64_t Rank(GenerationId g) const {
    return std::distance(generations_.begin(), generations_.find(g));
  }
  int64_t Number(const std::optional<WorkerId>& id) const { return id ? number_.at(*id) : -1; }
  std::string Until(Instant t) const {
    return t.is_never() ? "n" : absl::StrCat(absl::ToInt64Milliseconds(t - now_));
  }
  // That a killed worker is given up changes nothing for the others; its end does.
  std::string Deadline(const Worker& worker) const {
    return worker.state == WorkerState::kKilled ? "k" : Until(worker.deadline);
  }
  // Of a time of which it only matters how long ahead it is.
  std::string Coming(Instant t) const { return Until(std::max(t, now_)); }

  const Plan& plan_;
  const Fleet& fleet_;
  Instant now_;
  std::set<GenerationId> generations_;
  std::map<WorkerId, int64_t> number_;  // of the workers that matter
};

struct State {
  Plan plan;
  Instant now;
  int trouble_left;
  std::vector<int> world = {};  // where the world alone may lead from here
};

struct Possible {
  Event event;
  bool trouble;  // a crash, a failed probe, a change of mind: not part of a quiet day
};

// The fleets of this many slots that a plan may find: each slot is empty, or has a serving worker
// of either generation, or workers in other states; the same beyond the last slot.
std::vector<FleetFound> FoundFleets(int slots, Instant now) {
  const GenerationId own(1), other(2);
  const std::vector<std::vector<FoundWorker>> in_a_slot = {
      {},
      {{.generation = own, .state = WorkerState::kServing}},
      {{.generation = other, .state = WorkerState::kServing}},
      {{.generation = own, .state = WorkerState::kServing, .listening = false}},
      {{.generation = own, .state = WorkerState::kServing},
       {.generation = other, .state = WorkerState::kCanary}},
      {{.generation = own, .state = WorkerState::kQuiescing},
       {.generation = other, .state = WorkerState::kServing}},
      {{.generation = own,
        .state = WorkerState::kDraining,
        .deadline = now + absl::Seconds(1),
        .listening = false},
       {.generation = other, .state = WorkerState::kStarting}},
      {{.generation = other, .state = WorkerState::kKilled, .listening = false}}};
  std::vector<FleetFound> fleets = {{}};
  for (int slot = 0; slot <= slots; ++slot) {
    std::vector<FleetFound> longer;
    for (const FleetFound& fleet : fleets) {
      for (const auto& workers : in_a_slot) {
        FleetFound& next = longer.emplace_back(fleet);
        for (FoundWorker worker : workers) {
          worker.worker = WorkerId(static_cast<int64_t>(next.workers.size()) + 1);
          worker.slot = SlotId(slot);
          next.workers.push_back(worker);
        }
      }
    }
    fleets = std::move(longer);
  }
  return fleets;
}

// What people ask for, besides pausing, resuming, aborting and stopping.
struct People {
  bool rolls = true;
  std::vector<CanaryStep> canary = {};
  int scale_to = 0;    // they change the fleet's size up to this, and restart slot 0
  bool found = false;  // the walk begins with every fleet that may be found
};

class Walk {
 public:
  // Every state that at most `trouble` troubles on one path can lead to. Time may pass unused (a
  // hang) as often as it likes.
  Walk(const Policy& policy, int trouble, People people) : people_(std::move(people)) {
    const State nothing{Plan(policy, GenerationId(1)), Instant::FromNanos(1'000'000'000), trouble};
    if (people_.found) {
      for (FleetFound& fleet : FoundFleets(policy.workers, nothing.now)) {
        Reach(nothing, -1, {fleet, false}, nothing.now);
        fleet.roll = FoundRoll{.to = GenerationId(2)};
        Reach(nothing, -1, {fleet, false}, nothing.now);
      }
    } else {
      Reach(nothing, -1, {TimePassed{}, false}, nothing.now);
    }
    for (size_t i = 0; i < states_.size() && !testing::Test::HasFailure(); ++i) {
      // A fleet that stops only gets smaller; EndsByDeadlinesAlone() looks at those.
      if (!states_[i].plan.view().stopping) Expand(i);
    }
  }

  const std::vector<State>& states() const { return states_; }

 private:
  // What the world, and then what people, may do next.
  std::vector<Possible> World(const Fleet& fleet) const {
    std::vector<Possible> out;
    for (const auto& [id, worker] : fleet.workers) {
      if (!fleet.stopping && OnlyLeaves(fleet, worker)) continue;
      out.push_back({WorkerExited{id, "died"}, !IsStopping(worker.state)});
      // The time that one worker is given matters to no other worker.
      if (fleet.slots.size() == 1) {
        out.push_back({WorkerAskedForTime{id, absl::Seconds(1)}, true});
      }
      if (HoldsOthersUp(worker) || (worker.state == WorkerState::kDismissed && !IsHung(worker))) {
        out.push_back({WorkerProbed{id, ProbeResult::kSilent, "silent"}, true});
      }
      switch (worker.state) {
        case WorkerState::kCanary:
          out.push_back({CanaryFoundWorse{id, "5xx"}, true});
          [[fallthrough]];
        case WorkerState::kReady:
        case WorkerState::kHealthy:
        case WorkerState::kServing:
          out.push_back({WorkerProbed{id, ProbeResult::kGood}, false});
          // What a bad answer and an old one do is seen with one slot.
          if (fleet.slots.size() == 1) {
            out.push_back({WorkerProbed{id, ProbeResult::kBad, "bad"}, true});
          }
          out.push_back({WorkerProbed{id, ProbeResult::kSilent, "silent"}, true});
          if (MayDoubt(fleet, id)) {
            out.push_back({WorkerProbed{id, ProbeResult::kOverdue, "overdue"}, true});
          }
          // The answer to a probe that began before it hung, or before the time was over.
          if (fleet.slots.size() == 1 &&
              (MayDoubt(fleet, id) || worker.state == WorkerState::kReady)) {
            out.push_back({WorkerProbed{id, ProbeResult::kGood, "", absl::Seconds(1)}, false});
          }
          out.push_back({ListenersLeft{id}, true});
          break;
        case WorkerState::kStarting:
          out.push_back({WorkerBecameReady{id}, false});
          break;
        case WorkerState::kQuiescing:
          out.push_back({WorkerQuiesced{id}, false});
          // What waits in one worker's queue matters to no other worker.
          if (fleet.slots.size() > 1) break;
          out.push_back({AcceptQueueChanged{id, 1 - worker.queue.waiting},
                         /*trouble=*/worker.queue.waiting == 0});
          break;
        case WorkerState::kDismissed:
        case WorkerState::kDraining:
        case WorkerState::kKilled:
          if (worker.listening) out.push_back({ListenersLeft{id}, false});
          break;
      }
    }
    return out;
  }
  std::vector<Possible> Requests(const Fleet& fleet) const {
    GenerationId newest = fleet.generation;
    if (fleet.roll) newest = std::max(newest, fleet.roll->to);
    for (const auto& [id, worker] : fleet.workers) newest = std::max(newest, worker.generation);
    const GenerationId next(newest.value() + 1);
    std::vector<Possible> out = {{PauseRequested{}, true},
                                 {ResumeRequested{}, false},
                                 {AbortRequested{}, true},
                                 {StopRequested{}, true}};
    if (fleet.stopping) out.push_back({ForceRequested{}, false});
    if (people_.rolls) {
      out.push_back({RollRequested{.generation = next, .canary = people_.canary}, false});
    }
    for (int workers = 1; workers <= people_.scale_to; ++workers) {
      out.push_back({ScaleRequested{workers}, false});
      if (!people_.rolls) continue;
      out.push_back({RollRequested{.generation = next, .workers = workers}, false});
    }
    if (people_.scale_to > 0) out.push_back({RestartRequested{SlotId(0)}, false});
    return out;
  }

  void Expand(size_t index) {
    const State from = states_[index];  // a copy: Reach() may move the states
    const int number = static_cast<int>(index);
    for (const Possible& next : World(from.plan.view())) Reach(from, number, next, from.now);
    for (const Possible& next : Requests(from.plan.view())) Reach(from, -1, next, from.now);
    if (const Instant deadline = from.plan.NextDeadline(); !deadline.is_never()) {
      Reach(from, number, {TimePassed{}, false}, std::max(from.now, deadline));
    }
  }

  // Takes one step. `number` is that of `from` if the world alone leads there; -1 if people do.
  void Reach(const State& from, int number, const Possible& next, Instant now) {
    if (next.trouble && from.trouble_left == 0) return;
    State to{from.plan, now, from.trouble_left - (next.trouble ? 1 : 0)};
    const Actions actions = to.plan.Step(now, next.event);
    for (const std::string& broken : BrokenPromises(from.plan.view(), actions, to.plan.view())) {
      ADD_FAILURE() << broken << " after " << ToString(next.event) << " in\n"
                    << ToString(from.plan.view(), now) << "which became\n"
                    << ToString(to.plan.view(), now);
    }
    if (Plan routine = from.plan; routine.TakeRoutine(now, next.event)) {
      EXPECT_TRUE(actions.empty() && routine == to.plan)
          << "not only routine: " << ToString(next.event) << " in\n"
          << ToString(from.plan.view(), now);
    }
    if (to.plan.NextDeadline() <= now) {
      ADD_FAILURE() << "a deadline that passed is still there after " << ToString(next.event)
                    << "\n"
                    << ToString(to.plan.view(), now);
    }
    std::string key = absl::StrCat(to.trouble_left, "!", Canonical(to.plan, now).Key());
    const auto [it, fresh] = seen_.try_emplace(std::move(key), static_cast<int>(states_.size()));
    if (fresh) states_.push_back(std::move(to));
    if (number >= 0) states_[number].world.push_back(it->second);
  }

  const People people_;
  std::vector<State> states_;
  std::unordered_map<std::string, int> seen_;
};

// True for each state from which the world alone can bring the roll to its end, and for each state
// with a paused roll: that waits for a person, which is its purpose.
std::vector<bool> CanEnd(const std::vector<State>& states) {
  std::vector<std::vector<int>> back(states.size());
  std::vector<bool> can(states.size(), false);
  std::deque<int> queue;
  for (size_t i = 0; i < states.size(); ++i) {
    for (const int to : states[i].world) back[to].push_back(static_cast<int>(i));
    const Fleet& fleet = states[i].plan.view();
    if (!fleet.roll || fleet.roll->paused) {
      can[i] = true;
      queue.push_back(static_cast<int>(i));
    }
  }
  while (!queue.empty()) {
    const int to = queue.front();
    queue.pop_front();
    for (const int from : back[to]) {
      if (can[from]) continue;
      can[from] = true;
      queue.push_back(from);
    }
  }
  return can;
}

// Workers and people do nothing: deadlines pass, and a killed worker dies. The roll, or the stop,
// ends even so.
bool EndsByDeadlinesAlone(State state) {
  for (int steps = 0; steps < 1000; ++steps) {
    const Fleet& fleet = state.plan.view();
    const bool waits = fleet.stopping ? !fleet.stopped : fleet.roll && !fleet.roll->paused;
    if (!waits) return true;
    Event event = TimePassed{};
    for (const auto& [id, worker] : fleet.workers) {
      if (worker.state == WorkerState::kKilled) event = WorkerExited{id, "killed"};
    }
    if (std::holds_alternative<TimePassed>(event)) {
      if (state.plan.NextDeadline().is_never()) return false;
      state.now = std::max(state.now, state.plan.NextDeadline());
    }
    state.plan.Step(state.now, event);
  }
  return false;
}

struct Size {
  int workers;
  int surge;
  bool auto_revert;
  int trouble;
  const char* name = "Rolls";
  People people = {};
  absl::Duration watch = absl::ZeroDuration();
};

People CanaryRolls() {
  return {.canary = {{50'000, absl::Seconds(1)}, {250'000, absl::InfiniteDuration()}}};
}

class EveryStateTest : public testing::TestWithParam<Size> {};

TEST_P(EveryStateTest, KeepsEveryPromiseAndEndsEveryRoll) {
  Policy policy = SmallPolicy(GetParam().workers);
  policy.surge = GetParam().surge;
  policy.auto_revert = GetParam().auto_revert;
  policy.watch = GetParam().watch;
  // One unit of time for everything: which of two deadlines comes first still depends on what
  // happened before, and the number of states stays within reach.
  policy.healthy_deadline = absl::Seconds(2);
  policy.drain_timeout = absl::Seconds(1);
  policy.backoff_max = absl::Seconds(1);
  policy.stable_after = absl::Seconds(1);
  // With more slots only the order of events is of interest, not how long each still has to wait.
  if (policy.workers > 1 || GetParam().people.scale_to > 1) {
    policy.min_healthy_time = absl::ZeroDuration();
    policy.healthy_deadline = absl::Seconds(1);
  }
  const Walk walk(policy, GetParam().trouble, GetParam().people);
  RecordProperty("states", static_cast<int>(walk.states().size()));
  std::printf("%zu states\n", walk.states().size());

  const std::vector<bool> can_end = CanEnd(walk.states());
  for (size_t i = 0; i < walk.states().size(); ++i) {
    const State& state = walk.states()[i];
    ASSERT_TRUE(can_end[i]) << "no way out of\n" << ToString(state.plan.view(), state.now);
    ASSERT_TRUE(EndsByDeadlinesAlone(state)) << "hangs in\n"
                                             << ToString(state.plan.view(), state.now);
  }
}

// Under a sanitizer the largest walks take longer than a test may, and show nothing more about
// memory.
#ifdef __SANITIZE_ADDRESS__
constexpr int kTroubleOfTwo = 0;
#else
constexpr int kTroubleOfTwo = 1;
#endif

INSTANTIATE_TEST_SUITE_P(
    Fleets, EveryStateTest,
    testing::Values(Size{1, 1, true, 2}, Size{1, 1, false, 2}, Size{2, 1, true, kTroubleOfTwo},
                    Size{2, 1, false, kTroubleOfTwo}, Size{1, 1, true, 1, "Canary", CanaryRolls()},
                    Size{1, 1, false, 1, "Canary", CanaryRolls()},
                    Size{1, 1, true, 1, "Watched", {}, absl::Seconds(1)},
                    Size{2, 1, true, kTroubleOfTwo, "Watched", {}, absl::Seconds(1)},
                    Size{1, 1, false, 1, "Watched", {}, absl::Seconds(1)},
                    Size{2, 1, true, kTroubleOfTwo, "Canary", CanaryRolls()}, Size{2, 2, true, 0},
                    Size{1, 1, true, 1, "Scalings", {false, {}, 2}},
                    Size{1, 1, true, 0, "Resizings", {true, {}, 2}},
                    Size{1, 1, true, 1, "Found", {true, {}, 0, true}},
                    Size{2, 1, true, kTroubleOfTwo, "Found", {false, {}, 0, true}}),
    [](const auto& info) {
      return absl::StrCat("Workers", info.param.workers, "Surge", info.param.surge, "Trouble",
                          info.param.trouble, info.param.auto_revert ? "Reverts" : "Pauses",
                          info.param.name);
    });

}  // namespace
}  // namespace rollport::rollout
