#include "worker/connection_state.h"

#include <compare>
#include <deque>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::worker {
namespace {

using Event = ConnectionEvent;
using State = ConnectionState;

// The rules of keep-alive a second time and deliberately without a table: as flags.
struct Twin {
  bool answered = false;    // at least one request has been complete
  bool in_message = false;  // a head has been taken, its end has not
  bool open = false;        // a request is complete, its answer is not
  bool ending = false;      // no further request is taken
  bool lingering = false, closed = false;

  bool serving() const { return !lingering && !closed; }
  bool takes() const { return serving() && !ending && !open; }
  bool awaits() const { return takes() && !in_message; }
  bool sending() const { return serving() && ending && !open; }

  bool Can(Event event) const {
    switch (event) {
      case Event::kHead:
        return awaits();
      case Event::kRequest:
        return takes() && in_message;
      case Event::kRefused:
      case Event::kFin:
        return takes();
      case Event::kClose:
        return open && !ending;
      case Event::kAnswered:
        return open;
      case Event::kSent:
      case Event::kSentAfterFin:
        return sending();
      case Event::kEnded:
        return awaits() && answered;
      case Event::kGone:
        return !closed;
    }
    return false;
  }

  void Take(Event event) {
    switch (event) {
      case Event::kHead:
        in_message = true;
        break;
      case Event::kRequest:
        in_message = false;
        answered = open = true;
        break;
      case Event::kRefused:
      case Event::kFin:
      case Event::kClose:
        ending = true;
        break;
      case Event::kAnswered:
        open = false;
        break;
      case Event::kSent:
      case Event::kEnded:
        lingering = true;
        break;
      case Event::kSentAfterFin:
        closed = true;
        break;
      case Event::kGone:
        open = lingering = false;
        closed = true;
        break;
    }
  }
  friend auto operator<=>(const Twin&, const Twin&) = default;
};

std::string Describe(State state, Event event) {
  return "\"" + std::string(Name(event)) + "\" when \"" + std::string(Name(state)) + "\"";
}

void ExpectSame(State state, const Twin& twin, const std::string& after) {
  EXPECT_EQ(IsServing(state), twin.serving()) << after;
  EXPECT_EQ(TakesRequests(state), twin.takes()) << after;
  EXPECT_EQ(AwaitsRequest(state), twin.awaits()) << after;
  EXPECT_EQ(HasRequest(state), twin.open) << after;
  EXPECT_EQ(IsEnding(state), twin.sending()) << after;
  EXPECT_EQ(state == State::kIdle, twin.awaits() && twin.answered) << after;
  EXPECT_EQ(state == State::kLingering, twin.lingering) << after;
  EXPECT_EQ(state == State::kClosed, twin.closed) << after;
}

TEST(ConnectionStateTest, EveryEventInEveryStateDoesWhatTheTwinDoes) {
  std::set<std::pair<State, Twin>> seen = {{State::kFresh, {}}};
  std::deque<std::pair<State, Twin>> open(seen.begin(), seen.end());
  std::set<State> reached;
  while (!open.empty()) {
    const auto [state, twin] = open.front();
    open.pop_front();
    reached.insert(state);
    for (const Event event : kConnectionEvents) {
      const auto next = StateAfter(state, event);
      ASSERT_EQ(next.has_value(), twin.Can(event)) << Describe(state, event);
      if (!next) continue;
      Twin after = twin;
      after.Take(event);
      ExpectSame(*next, after, Describe(state, event));
      if (seen.insert({*next, after}).second) open.emplace_back(*next, after);
    }
  }
  EXPECT_EQ(reached.size(), kConnectionStates.size()) << "a state that no connection can reach";
}

TEST(ConnectionStateTest, OnceAnAnswerSaidCloseNoRequestIsTaken) {
  std::set<State> seen = {State::kLastAnswer};
  std::deque<State> open = {State::kLastAnswer};
  while (!open.empty()) {
    const State from = open.front();
    open.pop_front();
    EXPECT_FALSE(TakesRequests(from)) << Name(from);
    for (const Event event : kConnectionEvents) {
      const auto next = StateAfter(from, event);
      if (next && seen.insert(*next).second) open.push_back(*next);
    }
  }
}

TEST(ConnectionStateTest, EveryConnectionCanCloseAndThenNothingHappensToIt) {
  for (const State state : kConnectionStates) {
    EXPECT_EQ(StateAfter(state, Event::kGone).has_value(), state != State::kClosed) << Name(state);
  }
  for (const Event event : kConnectionEvents) {
    EXPECT_EQ(StateAfter(State::kClosed, event), std::nullopt) << Name(event);
  }
}

TEST(ConnectionStateTest, TheDocumentShowsTheTable) {
  std::ifstream file(ROLLPORT_SOURCE_DIR "/tests/worker/connection_states.md");
  ASSERT_TRUE(file.good());
  const std::string document(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT(document, testing::HasSubstr("\n" + ConnectionTable()));
}

}  // namespace
}  // namespace rollport::worker
