"""Child processes that are stopped by pid, and what they have cost."""

import os
import signal
import socket
import subprocess
import time


def free_port():
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(what, condition, seconds=20):
    """Returns the first true value of condition(), or raises with `what`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise RuntimeError(f"waited {seconds} s in vain: {what}")


def accepts(port):
    """True if somebody accepts on 127.0.0.1:port."""
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


def cpu_seconds(pids):
    """User and system time of these processes so far (/proc/PID/schedstat has nanoseconds, where
    /proc/PID/stat counts in ticks; a kernel without the one has the other)."""
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


def resident_bytes(pid):
    """VmRSS of a process."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(p) for p in f.read().split()]


class Child:
    """A process of ours; `with` it, and it is gone afterwards."""

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
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()
