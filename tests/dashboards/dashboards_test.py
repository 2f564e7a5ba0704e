"""Checks dashboards and rules by themselves, with Prometheus' own checker, and against docs/metrics.md."""

import json
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

    def test_fleets_of_one_name_on_two_hosts_are_never_added_up(self):
        for expression in re.findall(r"expr: (?:>\n)?((?:.|\n +)*?)\n *(?:for|labels|- record|- alert|\n)", names.read(names.RULES)):
            check_groups(self, "rules.yml", expression, {"job", "instance"})


class RunbookTest(unittest.TestCase):
    def setUp(self):
        text = names.read(os.path.join(names.ROOT, "docs", "runbook.md"))
        self.entries = {part.split("\n")[0]: part for part in text.split("\n## ")[1:]}

    def test_there_is_an_entry_for_each_alert_and_for_nothing_else(self):
        self.assertEqual([name for name in self.entries if name.startswith("Rollport")], names.alerts())

    def test_each_alert_leads_to_its_entry(self):
        for part in names.read(names.RULES).split("- alert: ")[1:]:
            name = part.split("\n")[0]
            self.assertIn(f"runbook_url: docs/runbook.md#{name.lower()}\n", part, name)

    def test_each_entry_says_what_it_means_how_bad_it_is_where_to_look_and_what_to_do(self):
        severities = dict(re.findall(r"- alert: (\w+)(?:.|\n)*?severity: (\w+)", names.read(names.RULES)))
        for name in names.alerts():
            entry = self.entries[name]
            self.assertIn(f"**{severities[name].capitalize()}.**", entry, name)
            for part in ("**Look.**", "**Do.**"):
                self.assertIn(part, entry, name)
            # A command to run, or what else is to be changed.
            self.assertIn("`", entry.split("**Do.**")[1], name)


class ExampleTest(unittest.TestCase):
    """The example of a whole: what one of its files names is in another."""

    def setUp(self):
        self.folder = os.path.join(names.ROOT, "dashboards")
        self.compose = names.read(os.path.join(self.folder, "compose.yml"))
        self.provisioning = os.path.join(self.folder, "grafana", "provisioning")

    def test_every_file_that_it_mounts_is_there(self):
        mounted = re.findall(r"- (\./\S*?):(/\S*?):ro\n", self.compose)
        self.assertGreaterEqual(len(mounted), 4)
        for here, _ in mounted:
            self.assertTrue(os.path.exists(os.path.join(self.folder, here)), here)

    def test_the_dashboards_are_where_the_provider_looks(self):
        provider = names.read(os.path.join(self.provisioning, "dashboards", "rollport.yml"))
        path = re.search(r"path: (\S+)", provider)[1]
        for name in names.DASHBOARDS:
            self.assertIn(f"- ./{name}.json:{path}/{name}.json:ro\n", self.compose)

    def test_the_rules_are_where_the_configuration_looks(self):
        self.assertIn("- rules.yml\n", names.read(names.CONFIGURATION))
        self.assertIn("- ./prometheus:/etc/prometheus:ro\n", self.compose)
        self.assertIn("--config.file=/etc/prometheus/prometheus.yml", self.compose)

    def test_the_data_source_is_the_prometheus_beside_it(self):
        source = names.read(os.path.join(self.provisioning, "datasources", "rollport.yml"))
        address = re.search(r"--web.listen-address=(\S+)", self.compose)[1]
        self.assertIn(f"url: http://{address}\n", source)
        self.assertIn("type: prometheus\n", source)
        # $__rate_interval is four times of it.
        self.assertEqual(re.search(r"timeInterval: (\w+)", source)[1],
                         re.search(r"scrape_interval: (\w+)", names.read(names.CONFIGURATION))[1])

    def test_grafana_is_the_one_whose_types_the_dashboards_are_compared_with(self):
        schema = json.loads(names.read(os.path.join(os.path.dirname(os.path.realpath(__file__)), "types", "package.json")))
        version = schema["devDependencies"]["@grafana/schema"]
        self.assertIn(f"image: grafana/grafana:{version}\n", self.compose)

    def test_nothing_of_it_can_be_reached_from_outside(self):
        for address in re.findall(r"(?:listen-address=|HTTP_ADDR: )(\S+)", self.compose):
            self.assertTrue(address.startswith("127.0.0.1"), address)


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

    def test_fleets_of_one_name_on_two_hosts_are_never_added_up(self):
        for board in self.each():
            known = []
            for variable in board["templating"]["list"]:
                self.assertFalse(variable["multi"] or variable["includeAll"], variable["name"])
            for where, expression in names.expressions(board):
                if ": variable " in where and re.search(r"variable (job|fleet|instance)$", where):
                    # Each is asked for among those that the former ones leave.
                    selected = re.search(r"\{(.*)\}", expression)
                    self.assertEqual(re.findall(r'(\w+)="\$\w+"', selected[1] if selected else ""), known, where)
                    known.append(where.split()[-1])
                    continue
                for matchers in re.findall(r"(?<![:\w])rollport_\w+(\{[^}]*\})?", expression):
                    self.assertIn('job="$job", instance="$instance", fleet="$fleet"', matchers, where)
                check_groups(self, where, expression, {"job", "instance", "fleet"})

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
                self.assertLessEqual(used(variable["query"]["query"] if variable["type"] == "query" else ""), known, variable["name"])
                known.add(variable["name"])
            self.assertLessEqual({"datasource", "job", "instance", "fleet"}, known)
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


def check_groups(test, where, expression, needed):
    """What joins series keeps the labels `needed`, as what adds them up does unless it selects one fleet."""
    for kind, labels in re.findall(r"\b(by|on|without|ignoring) \(([^)]*)\)", expression):
        names_of = set(re.findall(r"\w+", labels))
        if kind in ("without", "ignoring"):
            test.assertFalse(names_of & needed, f"{where}: {kind} ({labels})")
        elif kind == "on" or "$instance" not in expression:
            test.assertLessEqual(needed, names_of, f"{where}: {kind} ({labels})")
    if "$instance" not in expression:
        test.assertNotRegex(expression, r"\b(sum|min|max|avg|count) ?\((?!.*(by|without))", where)


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
