"""Checks dashboards and rules by themselves, with Prometheus' own checker, and against docs/metrics.md."""

import os
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import names  # noqa: E402  (after the path)


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


class PromtoolTest(unittest.TestCase):
    def check(self, *words):
        done = run("promtool", *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_rules_are_valid(self):
        self.check("check", "rules", names.RULES)

    def test_the_configuration_is_valid(self):
        self.check("check", "config", names.CONFIGURATION)

    def test_alerts_fire_and_are_silent_as_their_stories_say(self):
        self.check("test", "rules", names.RULES_TEST)


class RulesTest(unittest.TestCase):
    def test_every_alert_has_a_story_of_firing_and_one_of_silence(self):
        stories = names.read(names.RULES_TEST)
        for alert in names.alerts():
            self.assertRegex(stories, rf"alertname: {alert}\n +eval_time: \w+\n +exp_alerts: \[\]")
            self.assertRegex(stories, rf"alertname: {alert}\n +eval_time: \w+\n +exp_alerts:\n")

    def test_every_recording_rule_has_a_story(self):
        asked = set(re.findall(r"- expr: ([\w:]+)", names.read(names.RULES_TEST)))
        self.assertEqual(asked, names.recorded())

    def test_every_alert_has_a_severity_a_summary_and_says_what_to_do(self):
        parts = names.read(names.RULES).split("- alert: ")[1:]
        self.assertGreaterEqual(len(parts), 10)
        for part in parts:
            name = part.split("\n")[0]
            self.assertRegex(part, r"severity: (critical|warning|info)\n", name)
            self.assertRegex(part, r"summary: \S", name)
            self.assertRegex(part, r"description: >\n", name)

    def test_every_metric_is_documented(self):
        check_names(self, [("rules.yml", names.read(names.RULES))])


class DashboardTest(unittest.TestCase):
    def each(self):
        for name in names.DASHBOARDS:
            yield names.dashboard(name)

    def test_they_agree_with_their_source(self):
        done = run(sys.executable, os.path.join(names.ROOT, "dashboards", "generate"), "--check")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_metric_is_documented(self):
        for board in self.each():
            check_names(self, names.expressions(board))

    def test_every_panel_has_a_title_a_unit_a_description_and_a_query(self):
        for board in self.each():
            for panel in names.panels(board):
                where = f"{board['uid']}: {panel['title']}"
                self.assertTrue(panel["title"] and panel["description"], where)
                self.assertTrue(panel["fieldConfig"]["defaults"]["unit"], where)
                self.assertTrue(panel["fieldConfig"]["defaults"]["thresholds"]["steps"], where)
                refs = [target["refId"] for target in panel["targets"]]
                self.assertTrue(refs, where)
                self.assertEqual(len(refs), len(set(refs)), where)

    def test_panels_do_not_overlap(self):
        for board in self.each():
            taken = {}
            for panel in board["panels"]:
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
                for x in range(place["x"], place["x"] + place["w"]):
                    for y in range(place["y"], place["y"] + place["h"]):
                        self.assertNotIn((x, y), taken, f"{panel['title']} and {taken.get((x, y))}")
                        taken[x, y] = panel["title"]
            ids = [panel["id"] for panel in board["panels"]]
            self.assertEqual(len(ids), len(set(ids)))

    def test_variables_are_there_before_they_are_used(self):
        for board in self.each():
            known = set()
            for variable in board["templating"]["list"]:
                self.assertLessEqual(used(variable.get("definition", "")), known, variable["name"])
                known.add(variable["name"])
            self.assertLessEqual({"datasource", "job", "fleet"}, known)
            for where, expression in names.expressions(board):
                self.assertLessEqual(used(expression), known, where)

    def test_rolls_are_marked(self):
        for board in self.each():
            self.assertIn("Roll under way", [a["name"] for a in board["annotations"]["list"]])

    def test_rows_are_the_operators_questions(self):
        rows = [p["title"] for p in names.dashboard("rollport-fleet")["panels"] if p["type"] == "row"]
        self.assertEqual(rows, [
            "Is anything being lost?",
            "What is serving now, which generations and shares?",
            "How does the roll go, phase by phase?",
            "Which slot is slow, full or flapping?",
            "What did the last roll cost in latency?"])


def used(expression):
    """The dashboard's own variables in an expression."""
    return {name for name in re.findall(r"\$\{?(\w+)", expression) if not name.startswith("__")}


def check_names(test, expressions):
    known = names.documented()
    test.assertGreater(len(known), 40)
    found = 0
    for where, expression in expressions:
        for name, labels in names.series(expression):
            found += 1
            test.assertIn(name, known, f"{where}: {name} is not in docs/metrics.md")
            test.assertLessEqual(labels, known[name] | names.LABELS_OF_ALL, f"{where}: labels of {name}")
    test.assertGreater(found, 20)


if __name__ == "__main__":
    unittest.main()
