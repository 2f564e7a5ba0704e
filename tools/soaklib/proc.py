"""Reads what /proc tells of processes (proc(5)), which is None or empty for one that is gone, and ends
children."""

import os
import signal
import subprocess
import threading
import time


def parent(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        return None


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
    except OSError:
        pass
    return found


def is_keeper(pid):
    """Whether this is the controller's helper that keeps pipes open, which is no worker."""
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as file:
            return file.read().strip() == "rollport-keeper"
    except OSError:
        return False


def resident_kib(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


def descriptors(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return None


def end(process, seconds):
    """Sends SIGTERM to a subprocess.Popen, and SIGKILL if it has not ended after `seconds`."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Sampler(threading.Thread):
    """Samples memory and descriptors of the controller and of all workers once a second."""

    def __init__(self, controller, interval=1.0):
        super().__init__(daemon=True)
        self.samples = []
        self._controller = controller
        self._interval = interval
        self._start = time.monotonic()
        self._ended = threading.Event()

    def run(self):
        while not self._ended.wait(self._interval):
            self.take()

    def take(self):
        workers = [pid for pid in children(self._controller) if not is_keeper(pid)]
        resident = [r for r in map(resident_kib, workers) if r is not None]
        open_files = [d for d in map(descriptors, workers) if d is not None]
        sample = {
            "at": round(time.monotonic() - self._start, 3),
            "controller_kib": resident_kib(self._controller),
            "controller_descriptors": descriptors(self._controller),
            "workers": len(workers),
            "worker_max_kib": max(resident, default=None),
            "workers_kib": sum(resident),
            "worker_max_descriptors": max(open_files, default=None),
        }
        if sample["controller_kib"] is not None:
            self.samples.append(sample)

    def end(self):
        self._ended.set()
        self.join()
