"""What happens to the fleet during a soak. Each action fills in a record: at least "what", "from" and
"to" (unix time), "replaced", "cut" (None: not known) and "wrong" (what went wrong, or None)."""

import subprocess
import time

from soaklib.fleet import Trouble

FAULTS = ("exit-at-start", "never-ready", "unhealthy", "hang-after-ready")
STEADY_SECONDS = 45


class Actions:
    def __init__(self, fleet, random):
        self.fleet = fleet
        self.random = random
        self.kills = []  # the reports of rollport-kill
        self._rolls = 0
        # (weight, action); the order and the weights are part of what a seed means.
        self._choices = [
            (8, self.roll),
            (1, self.roll_other_command),
            (3, self.failed_roll),
            (1, self.spoilt_file),
            (2, self.kill_one),
            (1, self.kill_two),
            (2, self.kill_during_roll),
            (2, self.canary),
            (2, self.paused_roll),
            (2, self.undo),
            (2, self.scale),
            (2, self.restart),
        ]

    def draw(self):
        weights = [weight for weight, _ in self._choices]
        return self.random.choices([action for _, action in self._choices], weights)[0]

    def perform(self, action):
        record = {"what": action.__name__, "from": time.time(), "replaced": 0, "cut": 0,
                  "wrong": None}
        try:
            action(record)
            self.fleet.await_steady(STEADY_SECONDS)
        except (Trouble, subprocess.TimeoutExpired) as trouble:
            record["wrong"] = str(trouble)
        record["to"] = time.time()
        return record

    # The actions.

    def roll(self, record):
        self._expect(record, self.fleet.call("roll"), 0, ("rolled",))

    def roll_other_command(self, record):
        self._rolls += 1
        command = self.fleet.command("--cache", f"{self._rolls}M")
        self._expect(record, self.fleet.call("roll", "--", *command), 0, ("rolled",))

    def failed_roll(self, record):
        fault = self.random.choice(FAULTS)
        record["what"] += " " + fault
        command = self.fleet.command("--fault", fault)
        self._expect_no_change(record, ("roll", "--", *command))

    def spoilt_file(self, record):
        """The executable on disk is replaced by one that exits at once: the roll fails, and a worker
        that dies then must come back from the bytes that are no longer on disk."""
        self.fleet.spoil_server()
        try:
            self._expect_no_change(record, ("roll",))
            if record["wrong"] is None:
                self.kill_one(record)
                self.fleet.await_steady(STEADY_SECONDS)
        finally:
            self.fleet.restore_server()

    def kill_one(self, record):
        self._kill(record, 1)

    def kill_two(self, record):
        self._kill(record, 2)

    def kill_during_roll(self, record):
        """The roll may succeed or be reverted; the fleet must be whole afterwards."""
        words = [self.fleet.executable("rollport"), "-f", self.fleet.file(), "--json", "roll"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as roll:
            time.sleep(self.random.uniform(0, 1.5))
            self._kill(record, 1)
            code = roll.wait(120)
        if code not in (0, 1):
            record["wrong"] = f"roll: exit status {code}"

    def canary(self, record):
        """A canary that waits, and is resumed or aborted; sometimes a worker is killed meanwhile."""
        share = self.random.choice(("0.5%", "5%", "40%"))
        outcome = self.random.choice(("rolled", "aborted"))
        self._hold(record, ("roll", "--detach", "--canary", share))
        if self.random.random() < 0.3:
            self._kill(record, 1)
        self._let_go(record, outcome)

    def paused_roll(self, record):
        """A roll that is paused at a random moment, and resumed or aborted."""
        outcome = self.random.choice(("rolled", "aborted"))
        self._hold(record, ("roll", "--detach"), self.random.uniform(0, 1))
        self._let_go(record, outcome)

    def undo(self, record):
        generations = self.fleet.call("history")[1]["generations"]
        earlier = [g["number"] for g in generations if not g["current"]]
        if not earlier:
            return self.roll(record)
        to = str(self.random.choice(earlier))
        served = next(g["served"] for g in generations if str(g["number"]) == to)
        answer = self.fleet.call("undo", "--to", to)
        # A generation that has never served may be a bad release, and then the fleet is reverted; or a
        # good one whose roll was aborted.
        if not served and answer[0] == 1:
            return self._expect(record, answer, 1, ("reverted",))
        return self._expect(record, answer, 0, ("rolled",))

    def scale(self, record):
        """Up or down, and then back to the former size."""
        size = self.random.choice([n for n in range(1, 9) if n != self.fleet.workers])
        record["what"] += f" {size}"
        for workers in (size, self.fleet.workers):
            self._expect(record, self.fleet.call("scale", str(workers)), 0, ("rolled",))

    def restart(self, record):
        slot = self.random.randrange(self.fleet.workers)
        self._expect(record, self.fleet.call("restart", str(slot)), 0, ("rolled",))

    # Their parts.

    def _hold(self, record, words, seconds=0.0):
        """Begins a roll without waiting, and pauses it after `seconds`; a canary pauses by itself."""
        code, _, error = self.fleet.call(*words)
        if code != 0:
            raise Trouble(f"{' '.join(words)}: exit status {code}: {error}")
        if seconds > 0:
            time.sleep(seconds)
            self.fleet.call("pause")  # refused if the roll is over already
        self.fleet.await_state(("paused", "steady"), STEADY_SECONDS)

    def _let_go(self, record, outcome):
        """Resumes or aborts what is paused, and notes its verdict."""
        if self.fleet.status()["state"] == "paused":
            self.fleet.call("resume" if outcome == "rolled" else "abort")
        self.fleet.await_steady(STEADY_SECONDS)
        verdict = self.fleet.last_verdict()
        allowed = ("rolled", outcome, "reverted") if record.get("killed") else ("rolled", outcome)
        self._expect(record, (0, verdict, ""), 0, allowed)

    def _kill(self, record, number):
        serving = self.fleet.serving(self.fleet.status())
        victims = self.random.sample(serving, min(number, len(serving) - 1))
        for victim in victims:
            report = self.fleet.kill(victim["pid"])
            if report is None:
                continue
            report.update(slot=victim["slot"], generation=victim["generation"])
            self.kills.append(report)
            record.setdefault("killed", []).append(victim["pid"])

    def _expect(self, record, answer, code, outcomes):
        got, verdict, error = answer
        if verdict is None:
            record["wrong"] = f"exit status {got}, no verdict: {error}"
            return
        record.update(verdict=verdict, replaced=verdict.get("replaced", 0),
                      cut=verdict.get("cut", 0))
        if got != code or verdict.get("outcome") not in outcomes:
            record["wrong"] = (f"exit status {got}, {verdict.get('outcome')}: "
                               f"{verdict.get('reason')}; wanted {' or '.join(outcomes)}")

    def _expect_no_change(self, record, words):
        before = self.fleet.status()["generation"]
        self._expect(record, self.fleet.call(*words), 1, ("reverted", "aborted", "refused"))
        after = self.fleet.await_steady(STEADY_SECONDS)["generation"]
        if after != before and record["wrong"] is None:
            record["wrong"] = f"generation {after} instead of {before} after a failed roll"
