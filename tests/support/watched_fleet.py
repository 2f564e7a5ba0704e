"""A fleet with an admin address, for the tests of what people and Prometheus see of it."""

import os
import random
import shutil
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))

from soaklib import proc  # noqa: E402  (after the path)
from soaklib.fleet import Fleet, free_port  # noqa: E402
from soaklib.load import Child  # noqa: E402


class WatchedFleet(Fleet):
    """In a folder of its own, which close() removes with everything that runs."""

    NAME = "site"

    def __init__(self, programs, workers=4, min_healthy_time="400ms"):
        self.ADMIN = self.admin = f"127.0.0.1:{free_port(['127.0.0.1'])}"
        # No roll here is to fail because the machine is busy.
        roll = {**Fleet.TABLES["roll"], "min_healthy_time": min_healthy_time, "healthy_deadline": "30s",
                "drain_timeout": "30s"}
        self.TABLES = {**Fleet.TABLES, "roll": roll}
        super().__init__(programs, tempfile.mkdtemp(prefix="rollport-watched-"), workers, random.Random(1))
        self.loads = []

    def url(self, path="/"):
        return f"http://{self.admin}{path}"

    def get(self, path):
        with urllib.request.urlopen(self.url(path), timeout=10) as answer:
            return answer.read().decode()

    def begin_load(self, *words, name="load"):
        """rollport-load on every address, until end() of what is returned."""
        urls = [word for address in self.addresses for word in ("--url", f"http://{address}/small")]
        child = Child(name, [self.executable("rollport-load"), "--json", "--duration", "inf", *urls, *words],
                      self.folder)
        self.loads.append(child)
        return child

    def kill_worker(self):
        """SIGKILLs one that serves; its status before."""
        victim = self.serving(self.status())[0]
        self.kill(victim["pid"])
        return victim

    def kill_controller(self):
        """Its workers are left, as they would be; the list of them."""
        workers = proc.children(self.process.pid)
        self.process.kill()
        self.process.wait()
        return workers

    def close(self):
        for child in self.loads:
            child.destroy()
        self.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)


def end_processes(pids):
    """Ends them and waits until they are gone; they are not our children."""
    for pid in pids:
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass
    wait_until(lambda: not any(alive(pid) for pid in pids), "processes are gone")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until(condition, what, seconds=20):
    """The first true value of condition()."""
    end = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.02)
