// Stories of the plan: what happens to a fleet, step by step, and what the plan makes of it. The
// files scenarios/*.txt are such stories. Their authors write these lines:
//
//   # text               for the reader, like an empty line
//   fleet KEY=VALUE…     a steady fleet of generation 1; its policy is SmallPolicy but for the keys
//   new fleet KEY=VALUE… a fleet that has not begun
//   TIME EVENT           the event, as rollout/trace.h writes it; TIME counts from the fleet line
//   + text               continues the event of the line above
//
// Indented lines are the plan's answer, which the test compares and can rewrite: the actions of the
// step, and behind bars those lines of the fleet (ToString in rollout/trace.h) that have changed.
// If slots come or go, all lines are drawn.
#ifndef ROLLPORT_TESTS_ROLLOUT_STORY_H_
#define ROLLPORT_TESTS_ROLLOUT_STORY_H_

#include <string>
#include <vector>

namespace rollport::rollout {

struct Retold {
  std::string text;  // the author's lines, with what this plan answers
  // "line 7: …": what cannot be read, a deadline that the story jumps over, a broken promise.
  std::vector<std::string> mistakes;
};

// Lets the events of the story happen to a plan. Its indented lines are not looked at.
Retold Retell(const std::string& story);

}  // namespace rollport::rollout

#endif  // ROLLPORT_TESTS_ROLLOUT_STORY_H_
