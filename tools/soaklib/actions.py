"""What happens to the fleet during a soak. Each action returns a record: at least "what", "from"
and "to" (unix time), "replaced", "cut" and "wrong" (what went otherwise than it should, or None)."""

import subprocess
import time

from soaklib.fleet import Trouble

FAULTS = ("exit-at-start", "never-ready", "unhealthy", "hang-after-ready")
STEADY_SECONDS = 45


class Actions:
    def __init__(self, fleet, random):
        self.fleet = fleet
        self.random = random
        self.kills = []  # what rollport-kill has reported
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
        """The program on disk is replaced by one that exits at once: the roll fails, and a worker
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
        words = [self.fleet.program("rollport"), "-f", self.fleet.file(), "--json", "roll"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as roll:
            time.sleep(self.random.uniform(0, 1.5))
            self._kill(record, 1)
            code = roll.wait(120)
        if code not in (0, 1):
            record["wrong"] = f"roll: exit status {code}"

    # Their parts.

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
