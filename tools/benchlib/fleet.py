"""rollport-httpd under a running controller: steering on."""

import json
import os
import subprocess

from soaklib.fleet import free_port
from soaklib.fleet_file import fleet_file

from .process import Child, wait_until
from .servers import Server


class Fleet(Server):
    """`rollport run` of rollport-httpd, which serves with all workers inside a `with`."""

    name = "rollport-httpd"

    def __init__(self, bench, file="3.txt", close=False, workers=None, healthy_after=2,
                 min_healthy_time="1s", admin=False):
        super().__init__(bench, file, close)
        self.admin = f"127.0.0.1:{free_port(['127.0.0.1'])}" if admin else ""
        self.workers = workers or bench.workers
        self.folder = os.path.join(bench.dir, f"fleet-{self.port}")
        self.fleet_file = os.path.join(self.folder, "fleet.toml")
        os.mkdir(self.folder)
        command = [bench.binary("rollport-httpd"), "--root", bench.site]
        with open(self.fleet_file, "w", encoding="utf-8") as f:
            f.write(fleet_file(
                "bench", [f"127.0.0.1:{self.port}"], self.workers,
                os.path.join(self.folder, "state"), command,
                admin=self.admin, health={"healthy_after": healthy_after},
                roll={"min_healthy_time": min_healthy_time}))

    def argv(self, *command):
        return [self.bench.binary("rollport"), "-f", self.fleet_file, *command]

    def start(self):
        self.run(self.argv("run"))
        wait_until("the fleet is steady",
                   lambda: self.children[0].check() and self.status().get("state") == "steady", 120)

    def status(self):
        """`rollport status --json`, or {} while no controller answers."""
        done = subprocess.run(self.argv("status", "--json"), capture_output=True, text=True,
                              check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def roll(self):
        """Replaces every worker and returns the verdict. Raises if the roll failed."""
        done = subprocess.run(self.argv("roll", "--json"), capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(f"rollport roll: {done.returncode} {done.stdout} {done.stderr}")
        return json.loads(done.stdout)

    def stop(self):
        for child in self.children:
            child.stop()

    @property
    def metrics_url(self):
        return f"http://{self.admin}/metrics"

    @property
    def controller_pid(self):
        return self.children[0].pid

    @property
    def pids(self):
        return [w["pid"] for w in self.status()["workers"]]


class RollsInTheBackground:
    """Rolls one after another inside a `with`; has their `verdicts` afterwards."""

    LOOP = 'while "$@" >>"$OUT"; do :; done'

    def __init__(self, fleet):
        self.fleet = fleet
        self.out = os.path.join(fleet.folder, "verdicts")
        self.verdicts = []

    def __enter__(self):
        self.loop = Child(["sh", "-c", self.LOOP, "sh", *self.fleet.argv("roll", "--json")],
                          os.path.join(self.fleet.folder, "rolls.log"),
                          env=dict(os.environ, OUT=self.out))
        return self

    def __exit__(self, *unused):
        ended = self.loop.process.poll()
        self.loop.stop()
        # The roll that is under way ends by itself.
        wait_until("the last roll ends", lambda: self.fleet.status().get("state") == "steady", 60)
        with open(self.out, encoding="utf-8") as f:
            self.verdicts = [json.loads(line) for line in f]
        if ended is not None:
            raise RuntimeError(f"a roll failed: {self.verdicts[-1:]}")
