"""A real Prometheus scrapes a fleet under load, through rolls, a failed roll and a crash; then every
expression of every panel and rule is evaluated, and must agree with what the clients counted.

usage: live_test.py FOLDER-OF-EXECUTABLES
"""

import os
import re
import sys
import time
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "support")]

import names  # noqa: E402  (after the path)
from watched_fleet import WatchedFleet, end_processes, wait_until  # noqa: E402
from prometheus import Grafana, Prometheus  # noqa: E402  (after watched_fleet, which knows more paths)

EXECUTABLES = ""
SLOTS = 4


class LiveTest(unittest.TestCase):
    """The story happens once; each test looks at it from another side."""

    @classmethod
    def setUpClass(cls):
        cls.fleet = WatchedFleet(EXECUTABLES, SLOTS, "500ms")
        cls.addClassCleanup(cls.fleet.close)
        cls.fleet.start()
        # Stands for a second host that has a fleet of the same name.
        cls.prometheus = Prometheus(cls.fleet.admin, cls.fleet.folder, twin="elsewhere:9180")
        cls.addClassCleanup(cls.prometheus.close)
        wait_until(lambda: cls.prometheus.number("sum(up)") == 2, "the fleet is scraped")
        cls.begin = time.time()
        cls.tell_story()
        cls.end = time.time()

    @classmethod
    def tell_story(cls):
        load = cls.fleet.begin_load("--rate", "300", "--keep-alive", "12", "--connection-per-request", "4")
        cls.verdicts = []
        for words in (("roll",), ("roll", "--", *cls.fleet.command("--fault", "exit-at-start")), ("roll",)):
            cls.verdicts.append(cls.fleet.call(*words)[1])
            cls.await_scrapes(3)
        cls.counted = load.end()
        cls.await_scrapes(2)
        cls.requests_before_the_crash = cls.prometheus.number(cls.here("sum(rollport_http_requests_total)"))
        # Without clients, so that no request dies with the worker: what it has counted must stay.
        cls.fleet.kill_worker()
        cls.fleet.await_steady(20)
        cls.await_scrapes(3)

    @classmethod
    def await_scrapes(cls, count):
        """Waits until `count` more have been stored."""
        scrapes = cls.here("count_over_time(rollport_build_info[1h])")
        before = cls.prometheus.number(scrapes)
        wait_until(lambda: cls.prometheus.number(scrapes) >= before + count, f"{count} scrapes")

    @classmethod
    def here(cls, expr):
        """`expr` of one of the two instances."""
        return re.sub(r"(rollport_\w+)(?:\{([^}]*)\})?",
                      lambda found: f'{found[1]}{{instance="{cls.fleet.admin}",{found[2] or ""}}}', expr)

    def number(self, expr):
        return self.prometheus.number(self.here(expr), self.end)

    def grafana(self, name, **chosen):
        return Grafana(self.prometheus, names.dashboard(name), self.begin, self.end,
                       {"lag": "5", "datasource": "prometheus", "instance": self.fleet.admin, **chosen})

    def test_two_hosts_with_one_name_can_be_chosen_one_by_one(self):
        grafana = self.grafana("rollport-fleet")
        listed = {v["name"]: grafana.all_of(v) for v in names.dashboard("rollport-fleet")["templating"]["list"]
                  if v["type"] == "query"}
        self.assertEqual(listed["instance"], sorted([self.fleet.admin, "elsewhere:9180"]))

    def test_the_story_went_as_intended(self):
        self.assertEqual([v["outcome"] for v in self.verdicts], ["rolled", "reverted", "rolled"])
        self.assertEqual(self.counted["lost"], 0)
        self.assertGreater(self.counted["requests"], 1000)

    def test_requests_agree_with_the_clients_to_the_unit(self):
        requests = self.counted["requests"]
        for expr in ("sum(rollport_http_requests_total)", 'rollport_http_requests_total{code="2xx"}',
                     "rollport_http_request_duration_seconds_count",
                     'rollport_http_request_duration_seconds_bucket{le="+Inf"}',
                     "sum(rollport_slot_http_request_duration_seconds_count)"):
            self.assertEqual(self.number(expr), requests, expr)
        self.assertEqual(self.requests_before_the_crash, requests)

    def test_connections_agree_with_the_clients(self):
        self.assertEqual(self.number("rollport_connections_accepted_total"), self.counted["connections"]["opened"])
        self.assertEqual(self.number("rollport_connections_cut_total"), 0)
        self.assertEqual(self.number("sum(rollport_connections_open)"), 0)

    def test_latency_agrees_with_the_clients(self):
        mean = 1000 * self.number("rollport_http_request_duration_seconds_sum / rollport_http_request_duration_seconds_count")
        # A client's time includes the way there and back, and waiting for its turn.
        self.assertLessEqual(mean, self.counted["latency_ms"]["mean"])
        self.assertGreater(mean, 0)

    def test_counters_never_went_backwards(self):
        for name in sorted(names.documented()):
            if name.endswith(("_total", "_count", "_sum", "_bucket")):
                for labels, resets in self.prometheus.instant(f"resets({name}[1h])", self.end):
                    self.assertEqual(resets, 0, f"{name}{labels}")

    def test_rolls_and_deaths_are_counted(self):
        for expr, value in (('rollport_rolls_total{outcome="rolled"}', 2),
                            ('rollport_rolls_total{outcome="reverted"}', 1),
                            ('rollport_replacements_total{outcome="admitted"}', 2 * SLOTS + 1),
                            # The worker that was killed, and the newcomer that failed.
                            ("sum(rollport_worker_restarts_total)", 1),
                            ("sum(rollport_newcomers_failed_total)", 1),
                            ('rollport_worker_exits_total{reason="exited"}', 1),
                            ('rollport_worker_exits_total{reason="signal"}', 1),
                            ('rollport_worker_exits_total{reason="drained"}', 2 * SLOTS),
                            ("rollport_last_roll_number", 3),
                            ("rollport_last_roll_slots_replaced", SLOTS),
                            ('rollport_workers{state="serving"}', SLOTS),
                            ("rollport_promises_broken_total", 0),
                            ("sum(rollport_share_ratio)", 1)):
            self.assertEqual(self.number(expr), value, expr)
        self.assertAlmostEqual(self.number("rollport_last_roll_duration_seconds"), self.verdicts[-1]["seconds"], 2)

    def test_every_panel_has_data(self):
        for name in names.DASHBOARDS:
            grafana = self.grafana(name)
            for panel in names.panels(names.dashboard(name)):
                for target in panel["targets"]:
                    self.assertTrue(grafana.run(target),
                                    f"{name}: {panel['title']}: {grafana.fill(target['expr'])}")

    def test_panels_show_what_happened(self):
        shown = self.panel_values("rollport-fleet")
        # increase() extrapolates beyond the first and the last sample.
        self.assertAlmostEqual(shown["Workers died"][0], 1, delta=0.3)
        self.assertAlmostEqual(shown["Newcomers failed"][0], 1, delta=0.3)
        self.assertEqual(shown["Connections cut"], [0])
        self.assertEqual(shown["Promises broken"], [0])
        self.assertEqual(shown["Generation"], [self.verdicts[-1]["generation"]])
        self.assertEqual(shown["Slots served"], [SLOTS, SLOTS])
        self.assertEqual(shown["Steering"], [1])
        self.assertAlmostEqual(shown["It took"][0], self.verdicts[-1]["seconds"], 2)
        self.assertGreater(shown["Highest p99 in rolls"][0], 0)
        shown = self.panel_values("rollport-roll")
        for number, verdict in zip(shown["Took"], (self.verdicts[2], self.verdicts[1])):
            self.assertAlmostEqual(number, verdict["seconds"], 2)
        self.assertEqual(shown["Slots replaced"][:2], [SLOTS, 0])

    def panel_values(self, name):
        """{title: the last values of its targets} for the panels that show numbers."""
        grafana = self.grafana(name)
        return {panel["title"]: [values[-1] for target in panel["targets"] for _, values in grafana.run(target)]
                for panel in names.panels(names.dashboard(name)) if panel["type"] == "stat"}

    def test_rolls_are_marked(self):
        grafana = self.grafana("rollport-fleet")
        marks = {a["name"]: self.prometheus.curve(grafana.fill(a["target"]["expr"]), self.begin, self.end)
                 for a in names.dashboard("rollport-fleet")["annotations"]["list"]}
        self.assertIn(1, marks["Roll under way"][0][1])
        self.assertIn(0, marks["Roll under way"][0][1])
        outcomes = {labels["outcome"]: set(values) for labels, values in marks["Verdict"]}
        self.assertEqual({outcome: len(times) for outcome, times in outcomes.items()}, {"rolled": 2, "reverted": 1})
        for times in outcomes.values():
            for milliseconds in times:
                self.assertTrue(self.begin <= milliseconds / 1000 <= self.end, milliseconds)
        self.assertIn(1, marks["Worker died"][0][1])

    def test_every_rule_can_be_evaluated_and_knows_its_metrics(self):
        rules = [rule for group in self.prometheus.ask("rules")["groups"] for rule in group["rules"]]
        self.assertEqual({r["name"] for r in rules if r["type"] == "recording"}, names.recorded())
        self.assertEqual({r["name"] for r in rules if r["type"] == "alerting"}, set(names.alerts()))
        for rule in rules:
            self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""), rule["name"])
            if rule["type"] == "recording":
                self.assertTrue(self.prometheus.curve(rule["name"], self.begin, self.end), rule["name"])
                continue
            for selector in re.findall(r"(?<![:\w])rollport_\w+(?:\{[^}]*\})?", rule["query"]):
                self.assertTrue(self.prometheus.instant(selector, self.end), f"{rule['name']}: {selector}")

    def test_the_right_alerts_fired_and_no_others(self):
        fired = {labels["alertname"] for labels, _ in self.prometheus.curve("ALERTS", self.begin, self.end)}
        # The first needs a minute to fire, and the second is about the whole host.
        fired -= {"RollportSlotsNotServed", "RollportKernelDrops"}
        self.assertEqual(fired, {"RollportRollReverted"})


class GoneTest(unittest.TestCase):
    def test_the_alert_about_a_dead_controller_names_its_fleet(self):
        fleet = WatchedFleet(EXECUTABLES, 1, "200ms")
        self.addCleanup(fleet.close)
        fleet.start()
        prometheus = Prometheus(fleet.admin, fleet.folder)
        self.addCleanup(prometheus.close)
        wait_until(lambda: prometheus.number("up"), "the fleet is scraped")
        workers = fleet.kill_controller()
        self.addCleanup(end_processes, workers)
        alert = 'ALERTS{alertname="RollportControllerGone"}'
        found = wait_until(lambda: prometheus.instant(alert), "the alert")
        self.assertEqual([labels["fleet"] for labels, _ in found], ["site"])


if __name__ == "__main__":
    EXECUTABLES = sys.argv.pop()
    unittest.main()
