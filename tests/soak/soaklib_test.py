"""Tests the parts of tools/soak that judge."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "tools"))

from soaklib import attribution, report, stats  # noqa: E402

START = 1000.0
KILL = {"pid": 7, "stopped_unix": 1010.0, "killed_unix": 1010.001, "gone_unix": 1010.01,
        "accepted": ["127.0.0.1:1"], "unaccepted": ["127.0.0.1:2"], "slot": 1, "generation": 1}


def loss(kind="reset", local="127.0.0.1:1", began=9.9, ended=10.005, served_by=""):
    return {"kind": kind, "local": local, "began": began, "ended": ended, "served_by": served_by,
            "client": "keep_alive", "url": "http://127.0.0.1:80/", "detail": ""}


class Attribution(unittest.TestCase):
    def place(self, **words):
        return attribution.place_of(loss(**words), START, KILL)

    def test_a_connection_that_the_worker_held_was_inside(self):
        self.assertEqual(self.place(), "inside")
        self.assertEqual(self.place(kind="cut", served_by="slot 1 generation 1"), "inside")

    def test_a_connection_that_no_worker_had_accepted_was_queued(self):
        self.assertEqual(self.place(local="127.0.0.1:2"), "queued")

    def test_a_connection_opened_meanwhile_was_queued_unless_a_worker_had_answered_on_it(self):
        self.assertEqual(self.place(local="127.0.0.1:3", began=10.002), "queued")
        self.assertIsNone(self.place(local="127.0.0.1:3", began=10.002,
                                     served_by="slot 2 generation 1"))
        self.assertIsNone(self.place(local="127.0.0.1:3", began=9.0))
        self.assertIsNone(self.place(local="127.0.0.1:3", began=10.02, ended=10.03))

    def test_a_death_explains_nothing_before_or_long_after_it(self):
        self.assertIsNone(self.place(ended=9.8))
        self.assertIsNone(self.place(local="127.0.0.1:2", ended=10.2))
        self.assertIsNone(self.place(ended=21))

    def test_a_slow_client_finds_out_late_that_its_worker_has_died(self):
        self.assertEqual(self.place(kind="crossed_close", ended=12, served_by="slot 1 generation 1"),
                         "inside")
        self.assertIsNone(self.place(kind="crossed_close", ended=12,
                                     served_by="slot 1 generation 2"))

    def test_a_connection_that_was_handed_over_dies_with_the_worker_that_has_it(self):
        kill = dict(KILL, generation=3)

        def place(**words):
            return attribution.place_of(loss(**words), START, kill)

        self.assertEqual(place(kind="closed", ended=12, served_by="slot 1 generation 2"), "inside")
        self.assertEqual(place(served_by="slot 4 generation 3"), "inside")
        self.assertIsNone(place(kind="closed", ended=12, served_by="slot 4 generation 3"))
        # Handed over, but not taken yet.
        self.assertEqual(place(local="127.0.0.1:9", served_by="slot 1 generation 2"), "queued")
        self.assertIsNone(place(local="127.0.0.1:9", served_by="slot 1 generation 4"))
        self.assertIsNone(place(local="127.0.0.1:9", served_by="slot 2 generation 2"))
        self.assertIsNone(place(local="127.0.0.1:9", served_by="slot 1 generation 2", ended=12))

    def test_a_death_explains_no_refused_late_or_wrong_answer(self):
        for kind in ("refused", "late", "connect_timeout", "wrong_status", "wrong_body",
                     "malformed", "unreachable"):
            self.assertIsNone(self.place(kind=kind), kind)

    def test_losses_are_sorted_and_none_is_forgotten(self):
        loads = [{"start_unix": START, "losses_omitted": 2,
                  "losses": [loss(), loss(local="127.0.0.1:2"), loss(kind="late"),
                             loss(kind="local_error")]}]
        found = attribution.attribute(loads, [KILL])
        self.assertEqual([len(found[k]) for k in ("inside", "queued", "unexplained")], [1, 1, 3])
        self.assertEqual(attribution.count_by_kind(found["unexplained"]),
                         {"late": 1, "not told": 2})

    def test_without_a_kill_all_is_unexplained(self):
        loads = [{"start_unix": START, "losses_omitted": 0, "losses": [loss()]}]
        self.assertEqual(len(attribution.attribute(loads, [])["unexplained"]), 1)


class Stats(unittest.TestCase):
    def test_the_poisson_bound(self):
        for events, bound in ((0, 2.9957), (1, 4.7439), (2, 6.2958), (10, 16.9622)):
            self.assertAlmostEqual(stats.poisson_upper(events), bound, places=3)

    def test_quantiles(self):
        self.assertIsNone(stats.quantile([], 0.5))
        self.assertEqual(stats.quantile([3, 1, 2], 0.5), 2)
        self.assertEqual(stats.quantile([3, 1, 2], 1), 3)

    def test_durations(self):
        for text, seconds in (("60", 60), ("60s", 60), ("2m30s", 150), ("1.5h", 5400),
                              ("250ms", 0.25)):
            self.assertAlmostEqual(stats.parse_duration(text), seconds)
        for text in ("", "soon", "0s", "-3s", "10x", "5s3"):
            with self.assertRaises(ValueError):
                stats.parse_duration(text)

    def test_latency_in_and_outside_of_spans(self):
        series = {"bucket_seconds": 0.1, "max_ms": [1, 5, 2, 9, 3]}
        self.assertEqual(stats.highest_inside_and_outside(series, 100.0, [(100.11, 100.19)]),
                         (5, 9))


class Report(unittest.TestCase):
    def make(self, losses=(), watch="clean", wrong=None, left=(), cut=0, killed=()):
        latency = {"count": 10, "mean": 1, "p50": 1, "p90": 1, "p99": 1, "p99.9": 1, "max": 1}
        one = {"start_unix": START, "requests": 1000, "lost": len(losses), "lost_by_kind": {},
               "local_errors": 0, "unfinished": 0, "never_begun": 0, "clients": {},
               "connections": {"opened": 10, "stray": 0}, "latency_ms": latency,
               "series": {"bucket_seconds": 0.1, "max_ms": [1]}, "losses": list(losses),
               "losses_omitted": 0}
        seen = {"empty_looks": 0, "looks": 9, "looks_by_listeners": {"4": 9},
                "gap_ms": {"p99": 1, "max": 2}}
        setup = {"seed": 1, "seconds": 60.0, "workers": 4, "listen": ["127.0.0.1:1"],
                 "steering": "cbpf", "migrate_requests": False, "start_unix": START}
        action = {"what": "roll", "from": START, "to": START + 1, "replaced": 4, "cut": cut,
                  "wrong": wrong, "verdict": {"outcome": "rolled"}, "killed": list(killed)}
        return report.summarize(setup, [action], [KILL], {"mixed": one},
                                {"outcome": watch, "addresses": {"127.0.0.1:1": seen}}, [],
                                list(left))

    def test_nothing_lost_is_passed_with_a_bound(self):
        made = self.make()
        self.assertTrue(made["passed"])
        self.assertEqual((made["rolls"], made["retirements"], made["kills"]), (1, 4, 1))
        self.assertAlmostEqual(made["loss_rate_upper_bound_95"], 0.0029957, places=6)
        self.assertIn("passed", report.text(made))

    def test_a_loss_inside_a_killed_worker_is_counted_apart(self):
        made = self.make([loss()])
        self.assertTrue(made["passed"])
        self.assertEqual(made["lost"], 0)
        self.assertEqual(made["lost_in_killed_workers"],
                         {"inside": 1, "queued": 0, "by_kind": {"reset": 1}})

    def test_every_kind_of_trouble_fails(self):
        for words in ({"losses": [loss(kind="refused")]}, {"watch": "violated"},
                      {"watch": "unknown"}, {"wrong": "it hung"}, {"left": ["a file"]},
                      {"cut": 1}, {"cut": None}):
            made = self.make(**words)
            self.assertFalse(made["passed"], words)
            self.assertEqual(len(made["findings"]), 1, words)
            self.assertIn("FAILED", report.text(made))
            self.assertIn("finding: ", report.text(made))

    def test_what_a_killed_worker_cut_need_not_be_known(self):
        self.assertTrue(self.make(cut=None, killed=[7])["passed"])


if __name__ == "__main__":
    unittest.main()
