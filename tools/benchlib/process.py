"""Child processes, and what they have cost."""

import os
import subprocess
import time

from soaklib import proc


def wait_until(what, condition, seconds=20):
    """Returns the first true value of condition(), or raises with `what`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise RuntimeError(f"waited {seconds} s in vain for: {what}")


def cpu_seconds(pids):
    """User and system time of these processes so far (/proc/PID/schedstat counts nanoseconds,
    /proc/PID/stat only ticks; a kernel without the first has the second)."""
    total = 0.0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
                total += int(f.read().split()[0]) / 1e9
        except FileNotFoundError:
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                fields = f.read().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


class Child:
    """A child process that is ended at the end of a `with`."""

    def __init__(self, argv, log, **options):
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options)
        self.argv, self.log = argv, log

    @property
    def pid(self):
        return self.process.pid

    def check(self):
        """Raises with the end of its log if it has ended."""
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8", errors="replace") as f:
                end = f.read()[-2000:]
            raise RuntimeError(f"{self.argv[0]} ended with {self.process.returncode}:\n{end}")
        return True

    def stop(self, seconds=20):
        proc.end(self.process, seconds)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()
